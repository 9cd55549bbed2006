import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIGEST } from './challenge-checker.ts';
import { run } from './tools.ts';
import type { WorkDirectory } from './work-directory.ts';

export interface AlpnCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly keyPath: string;
  readonly certPath: string;
}

interface Options {
  /** As openssl writes it, such as `DNS:a.example`. Null leaves the extension out. */
  readonly names: string | null;
  readonly digest?: Uint8Array | null;
  readonly critical?: boolean;
  /** Signs it by the key of this certificate, for the same name; else it is self-signed. */
  readonly signer?: AlpnCertificate;
  /** Arguments of `openssl req -newkey`. */
  readonly key?: readonly string[];
}

let made = 0;

/** Makes a self-signed certificate for tls-alpn-01 (RFC 8737 section 3) with openssl. */
export function makeAlpnCertificate(work: WorkDirectory, options: Options): AlpnCertificate {
  const { names, digest = DIGEST, critical = true } = options;
  const key = options.key ?? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  made++;
  const keyPath = join(work.path, `alpn-${made}.key`);
  const certPath = join(work.path, `alpn-${made}.pem`);
  const value = `DER:0420${Buffer.from(digest ?? []).toString('hex')}`;
  const issuer = options.signer;
  run('openssl', [
    'req',
    ...(issuer === undefined ? [] : ['-CA', issuer.certPath, '-CAkey', issuer.keyPath]),
    ...['-x509', '-newkey', ...key, '-nodes', '-days', '2', '-subj', '/CN=challenge'],
    ...(names === null ? [] : ['-addext', `subjectAltName=${names}`]),
    ...(digest === null
      ? []
      : ['-addext', `1.3.6.1.5.5.7.1.31=${critical ? 'critical,' : ''}${value}`]),
    ...['-keyout', keyPath, '-out', certPath],
  ]);
  return { keyPath, certPath, key: readFileSync(keyPath), cert: readFileSync(certPath) };
}
