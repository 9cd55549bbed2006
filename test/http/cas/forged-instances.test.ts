import { beforeEach, describe, expect, it } from 'vitest';
import { AUTHORIZATION, openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { captureLog } from '../live.ts';
import { call, createInstance } from './cas-client.ts';

captureLog();

let worker: TestWorker;
beforeEach(async () => {
  worker = await openWorker();
});

async function create(InstanceId: string) {
  const Csr = await makeCsrPem({ subject: [commonName('An external CA')] });
  return call(worker, { InstanceId, Csr, Validity: '1y' });
}

function change(sql: string): Promise<unknown> {
  return worker.db.prepare(sql).run();
}

const REFUSED = { status: 503, body: { Code: 'ServiceUnavailable' } };

describe('an external CA instance whose row was changed in the database', () => {
  it.each([
    'max_path_length = 5',
    'max_validity_days = 3654',
    "id = 'cas_deposit-cn-000000000000'",
  ])('permits nothing: %s', async (changed) => {
    await createInstance(worker);
    await change(`UPDATE external_ca_instances SET ${changed}`);
    const [{ id } = { id: '' }] = (
      await worker.db.prepare('SELECT id FROM external_ca_instances').all<{ id: string }>()
    ).results;
    expect(await create(id)).toMatchObject(REFUSED);
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });

  it('permits no second CA by its state alone', async () => {
    const id = await createInstance(worker);
    expect((await create(id)).status).toBe(200);
    await change("UPDATE external_ca_instances SET state = 'BUY', issuer_id = NULL, serial = NULL");
    expect(await create(id)).toMatchObject(REFUSED);
    expect(await countRows(worker.db, 'certificates')).toBe(1);
  });

  it('cannot be inserted, without a seal or with that of another one', async () => {
    await createInstance(worker);
    for (const [id, seal] of [
      ['cas_deposit-cn-000000000001', 'NULL'],
      ['cas_deposit-cn-000000000002', 'seal'],
    ] as const) {
      await change(`INSERT INTO external_ca_instances
  (id, account_id, authority_id, state, max_validity_days, max_path_length, created_at_ms, seal)
SELECT '${id}', account_id, authority_id, 'BUY', max_validity_days, max_path_length, 0, ${seal}
FROM external_ca_instances LIMIT 1`);
      expect(await create(id)).toMatchObject(REFUSED);
    }
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });

  it('permits a CA after its seal was sealed again by a new version of the key', async () => {
    const id = await createInstance(worker);
    const SEALING_KEY_V2 = new Uint8Array(32).fill(2).toBase64();
    const rotated = await openWorker({ SEALING_KEY_V2 }, worker.db);
    const job = await rotated.send('/api/v1/jobs/reseal', {
      method: 'POST',
      headers: { Authorization: AUTHORIZATION },
    });
    expect(JSON.parse(job.text).report).toMatchObject({ resealed: 1, failed: 0, remaining: 0 });
    const seal = worker.db.prepare(
      'SELECT substr(seal, 1, 3) AS version FROM external_ca_instances',
    );
    expect(await seal.first('version')).toBe('v2.');
    worker = rotated;
    expect((await create(id)).status).toBe(200);
  });
});
