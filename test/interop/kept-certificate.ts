import { readFileSync } from 'node:fs';
import { run } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

/** PEM texts that a user uploads. */
export interface KeptCertificate {
  readonly leaf: string;
  readonly key: string;
  readonly root: string;
}

/** Makes a key, its certificate and the CA's certificate with openssl. */
export function makeKeptCertificate(): KeptCertificate {
  const work = makeWorkDirectory();
  const at = (name: string) => `${work.path}/${name}`;
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('openssl', [
    ...['req', '-x509', ...newKey, '-subj', '/CN=Interop Root', '-days', '30'],
    ...['-keyout', at('root.key'), '-out', at('root.pem')],
  ]);
  run('openssl', [
    ...['req', ...newKey, '-subj', '/CN=interop.test'],
    ...['-keyout', at('leaf.key'), '-out', at('leaf.csr')],
  ]);
  const extensions = work.write('leaf.ext', 'subjectAltName=DNS:interop.test,DNS:www.interop.test');
  run('openssl', [
    ...['x509', '-req', '-in', at('leaf.csr'), '-CA', at('root.pem'), '-CAkey', at('root.key')],
    ...['-CAcreateserial', '-days', '20', '-extfile', extensions, '-out', at('leaf.pem')],
  ]);
  const read = (name: string) => readFileSync(at(name), 'utf8');
  const made = { leaf: read('leaf.pem'), key: read('leaf.key'), root: read('root.pem') };
  work.remove();
  return made;
}
