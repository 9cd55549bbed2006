import { SignetError } from '../../errors.ts';
import type { PublicKey } from '../../x509/keys/public-key.ts';

interface KeyAlgorithm {
  /** As this dialect writes it. */
  readonly name: string;
  /** As src/keys writes it, or null where no key is made of it. */
  readonly made: string | null;
}

const ALGORITHMS: readonly KeyAlgorithm[] = [
  { name: 'RSA_2048', made: 'RSA-2048' },
  { name: 'RSA_3072', made: 'RSA-3072' },
  { name: 'RSA_4096', made: 'RSA-4096' },
  { name: 'ECC_256', made: 'P-256' },
  { name: 'ECC_384', made: 'P-384' },
  // The vendor writes 512 for the curve of 521 bits.
  { name: 'ECC_512', made: 'P-521' },
];

/**
 * The name that src/keys has for a key algorithm.
 * @throws SignetError invalid-parameter; SM2 and RSA_1024 are refused by name
 */
export function readKeyAlgorithm(text: string): string {
  const made = ALGORITHMS.find(({ name }) => name === text)?.made ?? null;
  if (made !== null) return made;
  throw refuse(explain(text));
}

/**
 * Checks that a request's key is of the algorithm that a parameter names.
 * @throws SignetError invalid-parameter
 */
export function checkKeyAlgorithm(text: string, key: PublicKey): void {
  readKeyAlgorithm(text);
  const { algorithm, keySize } = describeKey(key);
  const size = keySize === 521 ? 512 : keySize;
  const [wanted, bits] = text.split('_');
  if (wanted === algorithm && (bits === String(size) || algorithm === 'RSA')) return;
  throw refuse(`The key of the certificate request is ${algorithm}_${size}, not ${text}.`);
}

export interface KeyDescription {
  readonly algorithm: string;
  /** Bits. */
  readonly keySize: number;
}

export function describeKey(key: PublicKey): KeyDescription {
  if (key.kind === 'rsa') {
    return { algorithm: 'RSA', keySize: countBits(key.modulus) };
  }
  if (key.kind === 'ed25519') return { algorithm: 'ED25519', keySize: 256 };
  return { algorithm: 'ECC', keySize: Number(key.namedCurve.slice('P-'.length)) };
}

function countBits(modulus: Uint8Array): number {
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first < 0) return 0;
  return (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
}

function explain(text: string): string {
  const offered = ALGORITHMS.map(({ name }) => name).join(', ');
  if (/^SM2/i.test(text)) {
    return `SM2 is not offered, for this platform has neither SM2 nor SM3: use ${offered}.`;
  }
  if (text === 'RSA_1024') return `RSA_1024 is too weak: use RSA_2048 or more.`;
  return `There is no such key algorithm: use ${offered}.`;
}

function refuse(reason: string): SignetError {
  return new SignetError('invalid-parameter', reason, { field: 'Algorithm' });
}
