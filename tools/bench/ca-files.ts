import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const CA_EXTENSIONS = `basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash`;

export interface CaFiles {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a root and an issuing CA with openssl. */
export function makeCaChain(directory: string): readonly [CaFiles, CaFiles] {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const root = { key: file('root.key'), certificate: file('root.crt') };
  const issuing = { key: file('issuing.key'), certificate: file('issuing.crt') };
  const extensions = file('extensions.txt');
  writeFileSync(extensions, CA_EXTENSIONS);
  openssl(
    'req',
    '-x509',
    ...P256,
    '-subj',
    '/CN=Bench Root',
    '-keyout',
    root.key,
    '-out',
    root.certificate,
  );
  const csr = file('issuing.csr');
  openssl('req', ...P256, '-subj', '/CN=Bench Issuing', '-keyout', issuing.key, '-out', csr);
  openssl(
    ...['x509', '-req', '-in', csr, '-CA', root.certificate, '-CAkey', root.key],
    ...['-CAcreateserial', '-days', '365', '-extfile', extensions, '-out', issuing.certificate],
  );
  return [root, issuing];
}
