import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './tools.ts';
import type { WorkDirectory } from './work-directory.ts';

export interface KeyAndCsr {
  readonly keyPath: string;
  readonly csrPem: string;
}

/** A P-256 key and a request for `commonName`, made as the manual of openssl tells. */
export function makeKeyAndCsr(
  work: WorkDirectory,
  name: string,
  subjectAltName: string,
): KeyAndCsr {
  const keyPath = join(work.path, `${name}.key.pem`);
  const csrPath = join(work.path, `${name}.csr.pem`);
  run('openssl', [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', `/O=Interop/CN=${name}`, '-addext', `subjectAltName=${subjectAltName}`],
    ...['-keyout', keyPath, '-out', csrPath],
  ]);
  return { keyPath, csrPem: readFileSync(csrPath, 'utf8') };
}

/** `openssl x509 -text` and its like, of PEM or DER given on the standard input. */
export function printText(command: 'x509' | 'crl', input: string | Uint8Array): string {
  const form = typeof input === 'string' ? 'PEM' : 'DER';
  return run('openssl', [command, '-noout', '-text', '-inform', form], { input }).stdout;
}

/** The certificate or request in DER, converted by openssl. */
export function toDer(command: 'x509' | 'req', pem: string): Uint8Array {
  return run('openssl', [command, '-outform', 'DER'], { input: pem }).stdoutBytes;
}
