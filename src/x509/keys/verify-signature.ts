import { DerError, readChildren, readObjectIdentifier, readOnly, TAG } from '../../asn1/der.ts';
import { SignetError } from '../../errors.ts';
import {
  CURVES,
  REFUSED_SIGNATURE_ALGORITHMS,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  webCryptoImportParameters,
  webCryptoSignParameters,
} from './algorithms.ts';
import { decodeEcdsaSignature } from './ecdsa-signature.ts';
import { type PssParameters, parsePssParameters } from './pss-parameters.ts';
import { importableSpki, type PublicKey } from './public-key.ts';

/** The signature algorithm of an AlgorithmIdentifier. */
export interface NamedSignatureAlgorithm {
  readonly algorithm: SignatureAlgorithm;
  readonly pss: PssParameters | null;
}

/**
 * Parses the AlgorithmIdentifier of a signature.
 * @throws SignetError unsupported-algorithm for an algorithm that is not in the table; DerError
 */
export function parseSignatureAlgorithm(der: Uint8Array): NamedSignatureAlgorithm {
  const [oidElement, parameters, ...rest] = readChildren(readOnly(der, TAG.sequence).content);
  if (oidElement === undefined || rest.length > 0) throw new DerError('not an AlgorithmIdentifier');
  const oid = readObjectIdentifier(oidElement);
  const algorithm = SIGNATURE_ALGORITHMS.find((known) => known.oid === oid);
  if (algorithm === undefined) {
    throw new SignetError(
      'unsupported-algorithm',
      `Signatures by ${REFUSED_SIGNATURE_ALGORITHMS[oid] ?? oid} are refused. Sign with SHA-256, SHA-384, SHA-512 or Ed25519.`,
      { field: 'signatureAlgorithm' },
    );
  }
  if (algorithm.parameters === 'pss') {
    if (parameters === undefined) throw new DerError('RSASSA-PSS without parameters');
    return { algorithm, pss: parsePssParameters(parameters.bytes) };
  }
  // RFC 4055 section 5: NULL, or absent as verifiers accept too. RFC 5758 and 8410: absent.
  const isNull = parameters?.tag === TAG.null && parameters.content.length === 0;
  if (parameters !== undefined && !(algorithm.parameters === 'null' && isNull)) {
    throw new DerError(`${algorithm.name} with parameters`);
  }
  return { algorithm, pss: null };
}

/**
 * Tells whether `key` made `signature` over `signedDer` with the named algorithm.
 * @param signature in X.509 form: for ECDSA the DER of Ecdsa-Sig-Value
 * @throws SignetError unsupported-algorithm if the algorithm is not for this key
 */
export async function verifySignature(
  key: PublicKey,
  { algorithm, pss }: NamedSignatureAlgorithm,
  signedDer: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (algorithm.keyKind !== key.kind) {
    throw mismatch(`${algorithm.name} is not for this kind of key`);
  }
  if (key.kind === 'rsa' && key.pssOnly) obeyPssKey(key.pssParameters, pss);
  const bytes = readSignature(key, signature);
  if (bytes === null) return false;
  const imported = await crypto.subtle.importKey(
    'spki',
    importableSpki(key),
    webCryptoImportParameters(algorithm, {
      namedCurve: key.namedCurve,
      ...(pss === null ? {} : { hash: pss.hash }),
    }),
    false,
    ['verify'],
  );
  const parameters = webCryptoSignParameters(
    algorithm,
    pss === null ? {} : { saltLength: pss.saltLength },
  );
  return crypto.subtle.verify(parameters, imported, bytes, signedDer);
}

/** RFC 8032 section 5.1.6. */
const ED25519_SIGNATURE_BYTES = 64;

/** Returns the signature in WebCrypto's form, or null if its form is wrong. */
function readSignature(key: PublicKey, signature: Uint8Array): Uint8Array | null {
  switch (key.kind) {
    case 'ec':
      try {
        const curve = CURVES.find((known) => known.namedCurve === key.namedCurve);
        return decodeEcdsaSignature(signature, curve?.coordinateBytes ?? 0);
      } catch (error) {
        if (error instanceof DerError) return null;
        throw error;
      }
    case 'ed25519':
      return signature.length === ED25519_SIGNATURE_BYTES ? signature : null;
    case 'rsa':
      return signature;
  }
}

/** RFC 4055 section 3.3: such a key signs with PSS only, with its own hash and at least its own salt. */
function obeyPssKey(key: PssParameters | null, signature: PssParameters | null): void {
  if (signature === null) throw mismatch('an RSASSA-PSS key may sign with RSASSA-PSS only');
  if (key !== null && (key.hash !== signature.hash || key.saltLength > signature.saltLength)) {
    throw mismatch('the signature violates the parameters of the RSASSA-PSS key');
  }
}

function mismatch(reason: string): SignetError {
  return new SignetError('unsupported-algorithm', `The signature is refused: ${reason}.`, {
    field: 'signatureAlgorithm',
  });
}
