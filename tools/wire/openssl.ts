import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivePem } from './keys.ts';

/** What of a CSR or certificate differs from the usual. */
export interface Wish {
  /** Label of a derived key, or the PEM of one. */
  readonly key: string;
  /** As openssl takes it: /CN=… */
  readonly subject: string;
  /** Lines of an extension section. */
  readonly extensions?: readonly string[];
}

/** Makes keys, CSRs, certificates, CRLs and OCSP requests in a directory of its own. */
export class OpenSsl {
  readonly #directory: string;
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  run(args: readonly string[], input = ''): Buffer {
    const { status, stdout, stderr } = spawnSync('openssl', args, {
      cwd: this.#directory,
      input,
      maxBuffer: 1 << 24,
    });
    if (status === 0) return stdout;
    throw new Error(`openssl ${args.join(' ')} failed: ${stderr}`);
  }

  write(content: string | Uint8Array): string {
    const path = join(this.#directory, `file-${this.#count++}`);
    writeFileSync(path, content);
    return path;
  }

  makeKey(algorithm: string, ...options: readonly string[]): string {
    const pkeyopts = options.flatMap((option) => ['-pkeyopt', option]);
    return this.run(['genpkey', '-algorithm', algorithm, ...pkeyopts]).toString();
  }

  makeCsr({ key, subject, extensions = [] }: Wish, form: 'PEM' | 'DER' = 'PEM'): Buffer {
    return this.run([
      ...['req', '-new', '-utf8', '-outform', form, '-key', this.write(toPem(key))],
      ...['-subj', subject, '-config', this.#config(extensions), '-reqexts', 'ext'],
    ]);
  }

  makeCsrPem(wish: Wish): string {
    return this.makeCsr(wish).toString();
  }

  /** @param issuer null for a certificate that signs itself */
  makeCertificate(
    wish: Wish & { readonly days?: number; readonly serial?: string },
    issuer: { readonly certificate: string; readonly key: string } | null,
  ): string {
    const extensions = this.#config(wish.extensions ?? []);
    const { days = 3650, serial = '1001' } = wish;
    return this.run([
      ...['x509', '-req', '-in', this.write(this.makeCsr(wish)), '-days', String(days)],
      ...['-set_serial', `0x${serial}`, '-extfile', extensions, '-extensions', 'ext'],
      ...(issuer === null
        ? ['-signkey', this.write(toPem(wish.key))]
        : ['-CA', this.write(issuer.certificate), '-CAkey', this.write(toPem(issuer.key))]),
    ]).toString();
  }

  /** A certificate that signs itself and is valid between two moments, made by `openssl ca`. */
  makeShortLived(wish: Wish, startMs: number, endMs: number): string {
    const config = this.write(
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.write('')}\nnew_certs_dir=.\nrand_serial=yes\n` +
        'default_md=sha256\npolicy=p\ncopy_extensions=copyall\n[p]\ncommonName=optional\n',
    );
    const [start, end] = [startMs, endMs].map((ms) =>
      new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, ''),
    );
    return this.run([
      ...['ca', '-batch', '-selfsign', '-notext', '-config', config],
      ...['-in', this.write(this.makeCsr(wish)), '-keyfile', this.write(toPem(wish.key))],
      ...['-startdate', start ?? '', '-enddate', end ?? ''],
    ]).toString();
  }

  /** A list of revoked serial numbers, made by `openssl ca`. */
  makeCrl(certificate: string, key: string, number: string, revoked: readonly string[]): string {
    const index = this.write(
      revoked
        .map((serial) => `R\t400101000000Z\t250101000000Z,superseded\t${serial}\tunknown\t/CN=x\n`)
        .join(''),
    );
    writeFileSync(`${index}.attr`, 'unique_subject = no\n');
    const config = this.write(
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${index}\ncrlnumber=${this.write(`${number}\n`)}\n` +
        'default_md=sha256\ndefault_crl_days=30\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n',
    );
    const paths = ['-cert', this.write(certificate), '-keyfile', this.write(toPem(key))];
    return this.run(['ca', '-gencrl', '-config', config, ...paths]).toString();
  }

  makeOcspRequest(issuer: string, serials: readonly string[], ...options: string[]): Uint8Array {
    const out = this.write('');
    this.run([
      ...['ocsp', '-issuer', this.write(issuer), ...options],
      ...serials.flatMap((serial) => ['-serial', `0x${serial}`]),
      ...['-reqout', out],
    ]);
    return new Uint8Array(readFileSync(out));
  }

  #config(extensions: readonly string[]): string {
    return this.write(
      `[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n[ext]\n${extensions.join('\n')}\n`,
    );
  }
}

function toPem(key: string): string {
  return key.startsWith('-----') ? key : derivePem(key);
}

export function toDer(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

/** The same PEM with the last byte changed, which is the end of the signature. */
export function breakSignature(pem: string): string {
  const label = /-----BEGIN ([^-]+)-----/.exec(pem)?.[1] ?? '';
  const der = toDer(pem);
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  return `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;
}
