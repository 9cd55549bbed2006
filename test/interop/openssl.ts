import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './tools.ts';
import type { WorkDirectory } from './work-directory.ts';

export interface KeyAndCsr {
  readonly keyPath: string;
  readonly csrPem: string;
}

/** Makes a P-256 key and a CSR for `commonName`, as the manual of openssl says. */
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

/** Runs `openssl x509 -text` or a similar command on PEM or DER. */
export function printText(command: 'x509' | 'crl', input: string | Uint8Array): string {
  const form = typeof input === 'string' ? 'PEM' : 'DER';
  return run('openssl', [command, '-noout', '-text', '-inform', form], { input }).stdout;
}

/** Converts a certificate or CSR to DER with openssl. */
export function toDer(command: 'x509' | 'req', pem: string): Uint8Array {
  return run('openssl', [command, '-outform', 'DER'], { input: pem }).stdoutBytes;
}
