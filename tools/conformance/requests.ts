import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyAlgorithm } from './objects.ts';
import { run } from './run.ts';

export interface RequestFields {
  /** In the form of openssl's -subj: /O=…/CN=… */
  readonly subject: string;
  /** In the form of openssl's subjectAltName. */
  readonly alternativeNames?: string;
  readonly keyAlgorithm: KeyAlgorithm;
  /** Gives the CSR a new key instead of the shared one of its algorithm. */
  readonly keyName?: string;
}

/** Makes a CSR with openssl. Its key is made once, in `directory`. */
export async function makeRequest(
  directory: string,
  { subject, alternativeNames, keyAlgorithm, keyName = keyAlgorithm }: RequestFields,
): Promise<string> {
  const keyPath = join(directory, `${keyName}.key.pem`);
  if (!existsSync(keyPath)) writeFileSync(keyPath, makeKeyPem(keyAlgorithm), { mode: 0o600 });
  const names = alternativeNames === undefined ? [] : [`subjectAltName=${alternativeNames}`];
  const { stdout } = await run('openssl', [
    ...['req', '-new', '-utf8', '-batch', '-key', keyPath, '-subj', subject],
    ...names.flatMap((each) => ['-addext', each]),
  ]);
  return stdout;
}

function makeKeyPem(algorithm: KeyAlgorithm): string {
  return makeKeyPair(algorithm).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function makeKeyPair(algorithm: KeyAlgorithm) {
  if (algorithm === 'Ed25519') return generateKeyPairSync('ed25519');
  const [family, size] = algorithm.split('-');
  return family === 'RSA'
    ? generateKeyPairSync('rsa', { modulusLength: Number(size) })
    : generateKeyPairSync('ec', { namedCurve: algorithm });
}
