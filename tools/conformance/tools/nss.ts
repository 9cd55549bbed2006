import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from '../findings.ts';
import { type CertificateObject, isWayAround, type Purpose } from '../objects.ts';
import { splitPem } from '../pem.ts';
import { run, tryRun } from '../run.ts';
import { openCertificateTool } from './certificate-tool.ts';
import type { Objection } from './verdict.ts';

/** vfychain's numbers of the purposes. */
const USAGES: Readonly<Record<Purpose, string>> = {
  client: '0',
  server: '1',
  responder: '10',
  any: '11',
};

const ASK_LISTS = ['leaf', 'chain'].flatMap((test) => [
  ...['-g', test, '-m', 'crl', '-s', 'failIfNoInfo'],
]);

/**
 * `vfychain -pp`, which calls CERT_PKIXVerifyCert. NSS keeps one CRL per CA name. So it gets complete
 * CRLs, each chain has its own database, and CAs with two keys cannot be judged with CRLs.
 */
export function openNss(directory: string, name: string, withLists: boolean): Tool {
  const databases = new Map<string, string>();
  return openCertificateTool({
    name,
    judges: (object) =>
      // The versions in distributions do not support the algorithm.
      object.caAlgorithm !== 'Ed25519' &&
      object.keyAlgorithm !== 'Ed25519' &&
      (!withLists || (!isWayAround(object) && chooseLists(object).length > 0)),
    asksRevocation: withLists,
    async verify(object) {
      // NSS verifies CRLs with the database, and chains with the arguments of vfychain.
      const chain = withLists ? [...object.intermediates, object.rootPem] : [];
      const lists = withLists ? chooseLists(object) : [];
      const key = [...chain, ...lists].join('');
      const database = databases.get(key) ?? (await makeDatabase(directory, chain, lists));
      databases.set(key, database);
      return verify(database, object, withLists);
    },
  });
}

function chooseLists({ lists, completeLists }: CertificateObject): readonly string[] {
  return completeLists.length > 0 ? completeLists : lists;
}

/** Makes a database with the chain's certificates and CRLs, which trusts the root. */
async function makeDatabase(
  directory: string,
  chain: readonly string[],
  lists: readonly string[],
): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const path = mkdtempSync(join(directory, 'nss-'));
  const database = `sql:${path}`;
  await run('certutil', ['-N', '-d', database, '--empty-password']);
  for (const [at, pem] of chain.entries()) {
    const trust = at === chain.length - 1 ? 'CT,C,C' : ',,';
    const args = ['-A', '-d', database, '-n', `ca-${at}`, '-t', trust, '-a'];
    await run('certutil', [...args, '-i', write(path, `ca-${at}.pem`, pem)]);
  }
  for (const [at, pem] of lists.entries()) {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    await run('crlutil', ['-I', '-d', database, '-i', write(path, `list-${at}.crl`, der)]);
  }
  return path;
}

async function verify(
  path: string,
  object: CertificateObject,
  withLists: boolean,
): Promise<Objection> {
  const chain = [object.pem, ...object.intermediates].flatMap(splitPem);
  const files = chain.map((pem, at) => write(path, `chain-${at}.pem`, pem));
  const { code, stdout, stderr } = await tryRun('vfychain', [
    ...['-d', `sql:${path}`, '-pp', '-u', USAGES[object.purpose]],
    ...(withLists ? ASK_LISTS : []),
    ...files.flatMap((file) => ['-a', file]),
    ...['-t', '-a', write(path, 'root.pem', object.rootPem)],
  ]);
  return code === 0 ? null : `${stdout}${stderr}`;
}

function write(directory: string, name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
