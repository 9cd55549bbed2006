import { SignetError } from '../../errors.ts';
import type { PublicKey } from '../../x509/keys/public-key.ts';

interface KeyAlgorithm {
  /** The dialect's name. */
  readonly name: string;
  /** The name in src/keys. */
  readonly made: string;
}

const ALGORITHMS: readonly KeyAlgorithm[] = [
  { name: 'RSA_2048', made: 'RSA-2048' },
  { name: 'RSA_3072', made: 'RSA-3072' },
  { name: 'RSA_4096', made: 'RSA-4096' },
  { name: 'ECC_256', made: 'P-256' },
  { name: 'ECC_384', made: 'P-384' },
  { name: 'ECC_512', made: 'P-521' },
];

/**
 * Returns the name of a key algorithm in src/keys.
 * @throws SignetError invalid-parameter
 */
export function readKeyAlgorithm(text: string): string {
  const made = ALGORITHMS.find(({ name }) => name === text)?.made;
  if (made !== undefined) return made;
  throw refuse(explain(text));
}

/**
 * Checks that the key of a CSR has the algorithm that a parameter names.
 * @throws SignetError invalid-parameter
 */
export function checkKeyAlgorithm(text: string, key: PublicKey): void {
  readKeyAlgorithm(text);
  const described = describeKey(key);
  const { algorithm, keySize } = described;
  const [wanted, bits] = text.split('_');
  if (wanted === algorithm && (bits === String(nominalSize(keySize)) || algorithm === 'RSA'))
    return;
  throw refuse(`The key of the CSR is ${nameKeyAlgorithm(described)}, not ${text}.`);
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

/** An algorithm with its size, such as RSA_2048 or ECC_256. */
export function nameKeyAlgorithm({ algorithm, keySize }: KeyDescription): string {
  return `${algorithm}_${nominalSize(keySize)}`;
}

/** The vendor writes 512 for P-521. */
function nominalSize(keySize: number): number {
  return keySize === 521 ? 512 : keySize;
}

function countBits(modulus: Uint8Array): number {
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first < 0) return 0;
  return (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
}

function explain(text: string): string {
  const offered = ALGORITHMS.map(({ name }) => name).join(', ');
  if (/^SM2/i.test(text)) {
    return `SM2 is not offered because this platform has neither SM2 nor SM3. Use ${offered}.`;
  }
  if (text === 'RSA_1024') return 'RSA_1024 is too weak. Use RSA_2048 or more.';
  return `There is no such key algorithm. Use ${offered}.`;
}

function refuse(reason: string): SignetError {
  return new SignetError('invalid-parameter', reason, { field: 'Algorithm' });
}
