import { DerError, readChildren, readObjectIdentifier, readOnly, TAG } from '../../asn1/der.ts';
import { equalBytes } from '../../bytes.ts';
import type { Certificate } from '../certificate/certificate.ts';
import { readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from '../certificate/extensions.ts';
import { CURVES, KEY_OID, type KeyKind, SIGNATURE_ALGORITHMS } from './algorithms.ts';
import { decodeEcdsaSignature } from './ecdsa-signature.ts';
import { importableSpki, type PublicKey, parsePublicKey } from './public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from './verify-signature.ts';

/**
 * Signatures on uploaded certificates and on roots, which other CAs may have made long ago. Other
 * certificates and CSRs that Signet acts on are verified by verify-signature.ts only.
 */

type HistoricHash = 'MD5' | 'SHA-1';

/** workerd's WebCrypto has MD5 too, although the standard does not. */
const HISTORIC_ALGORITHMS: Readonly<
  Record<string, { readonly keyKind: KeyKind; readonly hash: HistoricHash }>
> = {
  '1.2.840.113549.1.1.4': { keyKind: 'rsa', hash: 'MD5' },
  '1.2.840.113549.1.1.5': { keyKind: 'rsa', hash: 'SHA-1' },
  '1.2.840.10045.4.1': { keyKind: 'ec', hash: 'SHA-1' },
};

/** Further broken algorithms, which the platform cannot verify. */
const OTHER_WEAK_OIDS = new Set([
  '1.2.840.113549.1.1.2', // MD2 with RSA
  '1.2.840.113549.1.1.3', // MD4 with RSA
  '1.3.14.3.2.29', // SHA-1 with RSA, OIW's name
  '1.2.840.10040.4.3', // DSA with SHA-1
]);

/** The relation of a certificate to a possible issuer; 'unverifiable' if the platform cannot tell. */
export type LinkProof = 'signed' | 'not-signed' | 'unverifiable';

/** Tells whether `issuer`'s key signed `subject`, also with old algorithms. Never throws. */
export async function checkLink(subject: Certificate, issuer: Certificate): Promise<LinkProof> {
  try {
    const key = parsePublicKey(issuer.spkiDer);
    const oid = signatureOid(subject);
    const historic = HISTORIC_ALGORITHMS[oid];
    const known = historic ?? SIGNATURE_ALGORITHMS.find((algorithm) => algorithm.oid === oid);
    if (known === undefined) return 'unverifiable';
    if (known.keyKind !== key.kind) return 'not-signed';
    const signed =
      historic === undefined
        ? await verifySignature(
            key,
            parseSignatureAlgorithm(subject.signatureAlgorithmDer),
            subject.tbsDer,
            subject.signature,
          )
        : await verifyHistoric(subject, key, historic.hash);
    return signed ? 'signed' : 'not-signed';
  } catch {
    // The platform cannot import the key or does not know the parameters.
    return 'unverifiable';
  }
}

/**
 * Tells whether the key identifiers allow `issuer` as the issuer of `subject` (RFC 5280 section
 * 4.2.1.1): one is missing, or both are the same. Never throws.
 */
export function agreeOnKeyIdentifier(subject: Certificate, issuer: Certificate): boolean {
  try {
    const wanted = readAuthorityKeyIdentifier(subject.extensions);
    const own = readSubjectKeyIdentifier(issuer.extensions);
    return wanted === null || own === null || equalBytes(wanted, own);
  } catch {
    // An unreadable extension proves nothing.
    return false;
  }
}

async function verifyHistoric(
  subject: Certificate,
  key: PublicKey,
  hash: HistoricHash,
): Promise<boolean> {
  const algorithm =
    key.kind === 'ec'
      ? { name: 'ECDSA', hash, namedCurve: key.namedCurve }
      : { name: 'RSASSA-PKCS1-v1_5', hash };
  let { signature } = subject;
  if (key.kind === 'ec') {
    const curve = CURVES.find(({ namedCurve }) => namedCurve === key.namedCurve);
    try {
      signature = decodeEcdsaSignature(signature, curve?.coordinateBytes ?? 0);
    } catch (error) {
      if (error instanceof DerError) return false;
      throw error;
    }
  }
  const imported = await crypto.subtle.importKey('spki', importableSpki(key), algorithm, false, [
    'verify',
  ]);
  return crypto.subtle.verify(algorithm, imported, signature, subject.tbsDer);
}

/** Tells whether the certificate is signed with MD5, SHA-1 or an older hash. */
export function hasWeakSignature(certificate: Certificate): boolean {
  try {
    const oid = signatureOid(certificate);
    return oid in HISTORIC_ALGORITHMS || OTHER_WEAK_OIDS.has(oid) || isWeakPss(oid, certificate);
  } catch {
    return false;
  }
}

/** Tells whether the hash of RSASSA-PSS is not in the table, as SHA-1, its default. */
function isWeakPss(oid: string, certificate: Certificate): boolean {
  if (oid !== KEY_OID.rsassaPss) return false;
  try {
    parseSignatureAlgorithm(certificate.signatureAlgorithmDer);
    return false;
  } catch {
    return true;
  }
}

/** @throws DerError */
function signatureOid(certificate: Certificate): string {
  const [oid] = readChildren(readOnly(certificate.signatureAlgorithmDer, TAG.sequence).content);
  if (oid === undefined) throw new DerError('not an AlgorithmIdentifier');
  return readObjectIdentifier(oid);
}
