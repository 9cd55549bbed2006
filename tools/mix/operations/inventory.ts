import { createPrivateKey, randomUUID } from 'node:crypto';
import { readUpload } from '../../bench/fixtures.ts';
import type { Ask, CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';

const PATH = '/api/v1/inventory';
/** With more certificates than this it deletes more often than it creates. */
const USUAL_ENTRIES = 100;
/** Number of private keys to read after a restart. */
const KEYS_READ_BACK = 5;

/** Creates, reads, lists and deletes inventory certificates with their private keys. */
export const createInventory: CreateOperation = ({ random, findings }) => {
  const certificate = readUpload('leaf.pem');
  const privateKey = readUpload('leaf.key.pem');
  const kept = new Set<string>();
  /** Deletion requests without a response. */
  const deleting = new Set<string>();
  let creating = 0;

  async function create(ask: Ask): Promise<void> {
    const body = JSON.stringify({ name: `kept-${randomUUID()}`, certificate, privateKey });
    creating++;
    const answer = await ask({ method: 'POST', path: PATH, body }, 201);
    creating--;
    kept.add(String(JSON.parse(answer.body.toString()).id));
  }

  async function remove(ask: Ask, id: string): Promise<void> {
    kept.delete(id);
    deleting.add(id);
    await ask({ method: 'DELETE', path: `${PATH}/${id}` }, 204);
    deleting.delete(id);
  }

  return {
    name: 'inventory',
    weight: { faults: 10, load: 9 },
    async run(ask) {
      const id = pickOne(random, [...kept]);
      const choice = random();
      if (id === undefined || choice < 0.25) await create(ask);
      else if (choice < (kept.size > USUAL_ENTRIES ? 0.6 : 0.45)) await remove(ask, id);
      else if (choice < 0.9) await ask({ path: `${PATH}/${id}` }, 200, 404);
      else await ask({ path: `${PATH}?limit=20` }, 200);
      return true;
    },

    async check({ ask, query, each }) {
      const present = new Set(
        (await query('SELECT id FROM inventory')).map(({ id }) => String(id)),
      );
      const unanswered = [...present].filter((id) => !kept.has(id) && !deleting.has(id));
      findings.expect(
        unanswered.length <= creating,
        'the inventory has an entry that was not created',
      );
      for (const id of kept) findings.expect(present.has(id), 'the inventory has lost an entry');
      for (const id of [...unanswered, ...deleting]) if (present.has(id)) kept.add(id);
      creating = 0;
      deleting.clear();
      await each(kept, async (id) => {
        const { body } = await ask({ path: `${PATH}/${id}` }, 200);
        const found = JSON.parse(body.toString()).certificate === certificate;
        findings.expect(found, 'an inventory entry has another certificate than created');
      });
      await each([...kept].slice(-KEYS_READ_BACK), async (id) => {
        const { body } = await ask({ path: `${PATH}/${id}/private-key` }, 200);
        const found = createPrivateKey(body.toString()).equals(createPrivateKey(privateKey));
        findings.expect(found, 'an inventory entry has another private key than created');
      });
    },
  };
};
