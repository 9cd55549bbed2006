import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './tools.ts';

const CONFIGURATION = `
[ca]
default_ca = demo
[demo]
dir = .
database = $dir/index.txt
new_certs_dir = $dir/newcerts
certificate = $dir/cacert.pem
private_key = $dir/private/cakey.pem
serial = $dir/serial
crlnumber = $dir/crlnumber
default_md = sha256
default_days = 3650
default_crl_days = 30
policy = any
copy_extensions = copy
[any]
organizationName = optional
commonName = supplied
[req]
distinguished_name = name
[name]
[v3_ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[v3_no_lists]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
`;

/** A CA made and run by \`openssl ca\`, laid out as its manual has it. */
export interface OpensslCa {
  readonly path: string;
  file(name: string): string;
  read(name: string): string;
  /** Runs \`openssl ca\` on it. */
  ca(...args: string[]): void;
  /** Issues to CN=name and returns the path of the certificate. */
  issue(name: string, ...args: string[]): string;
  /** Hexadecimal, as openssl prints it. */
  serialOf(name: string): string;
}

export interface CaOptions {
  readonly subject: string;
  readonly keyArgs?: readonly string[];
  /** The section of the configuration. */
  readonly extensions?: string;
  /** The issuer; a self-signed CA if it is missing. */
  readonly issuer?: OpensslCa;
}

export function makeOpensslCa(path: string, options: CaOptions): OpensslCa {
  for (const name of ['private', 'newcerts']) mkdirSync(join(path, name), { recursive: true });
  const file = (name: string) => join(path, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: path });
  writeFileSync(file('openssl.cnf'), CONFIGURATION);
  writeFileSync(file('index.txt'), '');
  writeFileSync(file('serial'), '0A01\n');
  writeFileSync(file('crlnumber'), '1000\n');
  const { subject, issuer, extensions = 'v3_ca' } = options;
  const keyArgs = options.keyArgs ?? ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  openssl('genpkey', ...keyArgs, '-out', 'private/cakey.pem');
  const request = ['-new', '-key', 'private/cakey.pem', '-subj', subject, '-config', 'openssl.cnf'];
  if (issuer === undefined) {
    openssl(
      'req',
      '-x509',
      ...request,
      '-days',
      '3650',
      '-extensions',
      extensions,
      '-out',
      'cacert.pem',
    );
  } else {
    openssl('req', ...request, '-out', 'ca.csr');
    issuer.ca('-in', file('ca.csr'), '-out', file('cacert.pem'), '-extensions', extensions);
  }
  const ca = (...args: string[]) => {
    openssl('ca', '-batch', '-config', 'openssl.cnf', ...args);
  };
  return {
    path,
    file,
    read: (name) => readFileSync(file(name), 'utf8'),
    ca,
    issue(name, ...args) {
      openssl(
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-subj', `/O=Old/CN=${name}`, '-config', 'openssl.cnf'],
        ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
      );
      ca('-in', `${name}.csr`, '-out', `${name}.pem`, ...args);
      return file(`${name}.pem`);
    },
    serialOf(name) {
      const { stdout } = openssl('x509', '-in', `${name}.pem`, '-noout', '-serial');
      return stdout.trim().replace('serial=', '');
    },
  };
}
