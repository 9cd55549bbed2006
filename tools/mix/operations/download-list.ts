import { spawnSync } from 'node:child_process';
import type { Ask, CreateOperation, World } from '../operation.ts';
import { decodePem } from '../pem.ts';
import { pickOne } from '../random.ts';
import { COMPLETE_LIST_PATH } from '../read-issued.ts';

const DIALECT_PATH = '/api/ca/crl';

/** Downloads CRLs: the complete one at both addresses, and those that certificates name. */
export const createDownloadList: CreateOperation = (world) => ({
  name: 'list',
  weight: { faults: 12, load: 35 },
  async run(ask) {
    const { ledger, random } = world;
    const paths = [COMPLETE_LIST_PATH, DIALECT_PATH, ...ledger.listPaths];
    await download(world, ask, pickOne(random, paths) ?? COMPLETE_LIST_PATH, 'under load');
    return true;
  },
  async check({ ask, isEdgeFresh }) {
    const { ledger, lists, findings } = world;
    for (const path of new Set([COMPLETE_LIST_PATH, DIALECT_PATH, ...ledger.listPaths])) {
      const sequence = sequenceOf(path);
      const highest = lists.highestNumber(sequence);
      const crlDer = await download(world, ask, path, 'after the restart');
      findings.expect(
        !isEdgeFresh || lists.numberOf(sequence, crlDer) >= highest,
        `${path}: the number is lower than a published one`,
      );
      findings.expect(verifyByOpenssl(crlDer, world), `${path}: openssl does not verify it`);
    }
    lists.checkOrder();
  },
});

async function download(
  { ledger, lists }: World,
  ask: Ask,
  path: string,
  who: string,
): Promise<Buffer> {
  const sequence = sequenceOf(path);
  const dueThen = ledger.dueAt(sequence, Date.now()).length;
  const { body } = await ask({ path }, 200);
  const crlDer = path === DIALECT_PATH ? decodePem(body.toString()) : body;
  lists.observe(sequence, crlDer, ledger.dueAt(sequence, Date.now()), dueThen, who);
  return crlDer;
}

/** Both addresses of the complete CRL have one sequence. */
function sequenceOf(path: string): string {
  return path === DIALECT_PATH ? COMPLETE_LIST_PATH : path;
}

function verifyByOpenssl(crlDer: Buffer, { caFile }: World): boolean {
  const args = ['crl', '-inform', 'DER', '-noout', '-CAfile', caFile, '-verify'];
  const { status, stderr } = spawnSync('openssl', args, { input: crlDer, encoding: 'utf8' });
  return status === 0 && stderr.includes('verify OK');
}
