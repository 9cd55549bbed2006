import { DerError } from '../asn1/der.ts';
import { SignetError } from '../errors.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from '../x509/keys/verify-signature.ts';
import { isSameName } from '../x509/names/name-comparison.ts';
import { type Crl, parseCrl } from '../x509/status/crl.ts';
import type { Authority } from './authority.ts';
import type { HistoryRow } from './store.ts';

/** The CRLReason of delta CRLs for "no longer revoked" (RFC 5280 section 5.3.1). */
const REMOVE_FROM_CRL = 8;

/** What to do if a CRL cannot be used. */
const ALTERNATIVE =
  "make a new one (openssl ca -gencrl -md sha256), or leave it out and give its number as 'lastCrlNumber'";

/** The last CRL that an authority published elsewhere. */
export interface LastCrl {
  /** Null for a CRL without a number, such as a v1 CRL. */
  readonly number: number | null;
  /** Its entries as rows of otherwise unknown certificates. */
  readonly rows: readonly HistoryRow[];
}

/**
 * Reads and verifies the last complete CRL of an authority.
 * @throws SignetError malformed-crl; unsupported-algorithm for SHA-1 and other old algorithms
 */
export async function readLastCrl(authority: Authority, crlDer: Uint8Array): Promise<LastCrl> {
  const crl = parseList(crlDer);
  if (!isSameName(crl.issuerDer, authority.subjectDer)) {
    throw refuse('The revocation list is of another authority');
  }
  if (!(await isSignedBy(authority, crl))) {
    throw refuse('The revocation list is not signed by the key of this authority');
  }
  return {
    number: crl.number,
    rows: crl.entries
      .filter(({ reason }) => reason !== REMOVE_FROM_CRL)
      .map(({ serialHex, ...revocation }) => ({
        serialHex,
        subject: '',
        uniqueSubject: null,
        caName: null,
        publicKeyIdHex: null,
        certificateDer: null,
        terms: [],
        notBeforeSeconds: 0,
        // Unknown. No certificate is valid longer than its CA, so the entry stays until then.
        notAfterSeconds: authority.notAfterSeconds,
        revocation,
      })),
  };
}

function parseList(crlDer: Uint8Array): Crl {
  try {
    return parseCrl(crlDer);
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    throw refuse(error.message.replace(/\.$/, ''), error);
  }
}

async function isSignedBy(authority: Authority, crl: Crl): Promise<boolean> {
  try {
    return await verifySignature(
      parsePublicKey(authority.certificate.spkiDer),
      parseSignatureAlgorithm(crl.signatureAlgorithmDer),
      crl.tbsDer,
      crl.signature,
    );
  } catch (error) {
    if (error instanceof DerError) return false;
    if (!(error instanceof SignetError)) throw error;
    throw new SignetError(
      error.code,
      `The revocation list cannot be verified: ${ALTERNATIVE}. ${error.message}`,
      { field: 'crl', cause: error },
    );
  }
}

function refuse(reason: string, cause?: unknown): SignetError {
  return new SignetError('malformed-crl', `${reason}: ${ALTERNATIVE}.`, { field: 'crl', cause });
}
