import { run } from './tools.ts';

export interface PrintedCrl {
  readonly number: number;
  /** Lower-case hex without leading zeros. */
  readonly serials: ReadonlySet<string>;
}

/** Parses a CRL (PEM or DER) with openssl. */
export function readCrl(input: string | Uint8Array): PrintedCrl {
  const form = typeof input === 'string' ? 'PEM' : 'DER';
  const args = ['crl', '-inform', form, '-noout', '-text', '-nameopt', 'RFC2253'];
  const { stdout } = run('openssl', args, { input });
  const number = /X509v3 CRL Number: *\n *(\d+|0x[0-9A-F]+)\n/.exec(stdout)?.[1];
  if (number === undefined) throw new Error(`The CRL has no number:\n${stdout}`);
  const serials = [...stdout.matchAll(/Serial Number: ([0-9A-F]+)\n/g)].map(([, serial = '']) =>
    normalizeSerial(serial),
  );
  return { number: Number(number), serials: new Set(serials) };
}

/** Returns lower-case hex without leading zeros, the form of serial numbers in the database. */
export function normalizeSerial(serial: string): string {
  return serial.toLowerCase().replace(/^0+/, '');
}
