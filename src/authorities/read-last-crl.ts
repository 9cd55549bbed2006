import { DerError } from '../asn1/der.ts';
import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from '../x509/keys/verify-signature.ts';
import { type Crl, parseCrl } from '../x509/status/crl.ts';
import type { Authority } from './authority.ts';
import type { HistoryRow } from './store.ts';

/** CRLReason that only delta lists may give, and that says "not revoked" (RFC 5280 section 5.3.1). */
const REMOVE_FROM_CRL = 8;

/** What to do where a list cannot be used. */
const ALTERNATIVE =
  "make a new one (openssl ca -gencrl -md sha256), or leave it out and give its number as 'lastCrlNumber'";

/** The last list that an authority published elsewhere. */
export interface LastCrl {
  /** Null for a list without a number, as v1 lists are. */
  readonly number: number | null;
  /** Its entries, as rows of certificates of which nothing else is known. */
  readonly rows: readonly HistoryRow[];
}

/**
 * Reads and verifies the last complete list of an authority.
 * @throws SignetError malformed-crl; unsupported-algorithm for SHA-1 and the like
 */
export async function readLastCrl(authority: Authority, crlDer: Uint8Array): Promise<LastCrl> {
  const crl = parseList(crlDer);
  if (!equalBytes(crl.issuerDer, authority.subjectDer)) {
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
        publicKeyIdHex: null,
        certificateDer: null,
        notBeforeSeconds: 0,
        // Unknown, but no certificate outlives its CA: the entry stays listed until then.
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
