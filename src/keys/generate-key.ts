import { SignetError } from '../errors.ts';
import {
  CURVES,
  type KeyKind,
  type NamedCurve,
  signatureAlgorithmForKey,
  webCryptoImportParameters,
} from '../x509/keys/algorithms.ts';

interface KeyChoice {
  readonly name: string;
  readonly kind: KeyKind;
  readonly namedCurve: NamedCurve | null;
  readonly modulusBits: number | null;
}

/** Generating a larger key takes the platform seconds. Larger keys can be imported. */
const RSA_BITS = [2048, 3072, 4096];

const CHOICES: readonly KeyChoice[] = [
  ...CURVES.map(({ namedCurve }) => ({
    name: namedCurve,
    kind: 'ec' as const,
    namedCurve,
    modulusBits: null,
  })),
  ...RSA_BITS.map((modulusBits) => ({
    name: `RSA-${modulusBits}`,
    kind: 'rsa' as const,
    namedCurve: null,
    modulusBits,
  })),
  { name: 'Ed25519', kind: 'ed25519', namedCurve: null, modulusBits: null },
];

const KEY_ALGORITHM_NAMES: readonly string[] = CHOICES.map(({ name }) => name);

/**
 * Generates a private key. Returns it as PKCS#8, so that the caller can seal it.
 * @param name one of `KEY_ALGORITHM_NAMES`
 * @throws SignetError invalid-parameter for any other name
 */
export async function generatePrivateKey(name: string): Promise<Uint8Array> {
  const choice = CHOICES.find((known) => known.name === name);
  if (choice === undefined) {
    throw new SignetError(
      'invalid-parameter',
      `The key algorithm is unknown. Use one of ${KEY_ALGORITHM_NAMES.join(', ')}.`,
      { field: 'keyAlgorithm' },
    );
  }
  const { kind, namedCurve, modulusBits } = choice;
  const parameters = webCryptoImportParameters(signatureAlgorithmForKey(kind, namedCurve), {
    namedCurve,
  });
  const rsa =
    modulusBits === null
      ? {}
      : { modulusLength: modulusBits, publicExponent: Uint8Array.of(0x01, 0x00, 0x01) };
  const pair = await crypto.subtle.generateKey({ ...parameters, ...rsa }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('generateKey returned no key pair');
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', pair.privateKey);
  if (!(pkcs8 instanceof ArrayBuffer)) throw new TypeError('pkcs8 export is not bytes');
  return new Uint8Array(pkcs8);
}
