import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  TAG,
} from '../../asn1/der.ts';
import { encodeGeneralizedTime } from '../../asn1/time.ts';
import { OCSP_OID } from './ocsp-request.ts';

/** OCSPResponseStatus, RFC 6960 section 4.2.1. */
export const OCSP_ERRORS = {
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  unauthorized: 6,
} as const;

export type OcspErrorName = keyof typeof OCSP_ERRORS;

/** CertStatus, RFC 6960 section 4.2.1. */
export type CertStatus =
  | { readonly kind: 'good' | 'unknown' }
  | {
      readonly kind: 'revoked';
      readonly revokedAtSeconds: number;
      /** CRLReason number; 0 is left out. */
      readonly reason: number;
    };

export interface SingleResponse {
  /** The request's bytes. */
  readonly certIdDer: Uint8Array;
  readonly status: CertStatus;
}

/** The fields that are the same in all responses of a signer, encoded once. */
export interface OcspFrame {
  readonly responderIdDer: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  /** Empty if the CA signs the response itself. */
  readonly certificatesDer: Uint8Array;
}

/** The fields that are the same in all responses of one second, encoded once. In Unix seconds. */
export interface OcspTimes {
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  /** Both producedAt and thisUpdate. */
  readonly thisUpdateDer: Uint8Array;
  readonly nextUpdateDer: Uint8Array;
  readonly archiveCutoffDer: Uint8Array;
}

const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
const BY_KEY_TAG = 0xa2;
const GOOD_DER = Uint8Array.of(0x80, 0);
const UNKNOWN_DER = Uint8Array.of(0x82, 0);
const EMPTY = new Uint8Array();
const SUCCESSFUL_DER = Uint8Array.of(TAG.enumerated, 1, 0);
const BASIC_DER = encodeObjectIdentifier(OCSP_OID.basic);
const NONCE_DER = encodeObjectIdentifier(OCSP_OID.nonce);
const ARCHIVE_CUTOFF_DER = encodeObjectIdentifier(OCSP_OID.archiveCutoff);

/** Writes an unsigned OCSPResponse that reports an error (RFC 6960 section 2.3). */
export function encodeOcspError(name: OcspErrorName): Uint8Array<ArrayBuffer> {
  return encodeSequence(Uint8Array.of(TAG.enumerated, 1, OCSP_ERRORS[name]));
}

/**
 * @param keyHash SHA-1 of the signing key's BIT STRING (RFC 6960 section 4.2.1, KeyHash)
 * @param certificateDer of the signing key: of a delegated responder or of the CA itself
 */
export function encodeOcspFrame(
  keyHash: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  certificateDer: Uint8Array,
): OcspFrame {
  return {
    responderIdDer: encodeElement(BY_KEY_TAG, encodeElement(TAG.octetString, keyHash)),
    signatureAlgorithmDer,
    certificatesDer: encodeElement(CONTEXT_0, encodeSequence(certificateDer)),
  };
}

export function encodeOcspTimes(
  thisUpdateSeconds: number,
  nextUpdateSeconds: number,
  archiveCutoffSeconds: number,
): OcspTimes {
  return {
    thisUpdateSeconds,
    nextUpdateSeconds,
    thisUpdateDer: encodeGeneralizedTime(thisUpdateSeconds),
    nextUpdateDer: encodeElement(CONTEXT_0, encodeGeneralizedTime(nextUpdateSeconds)),
    archiveCutoffDer: encodeElement(
      CONTEXT_1,
      encodeSequence(
        encodeExtension(ARCHIVE_CUTOFF_DER, encodeGeneralizedTime(archiveCutoffSeconds)),
      ),
    ),
  };
}

/**
 * Writes the ResponseData, which is what gets signed.
 * @param nonceDer the request's extnValue, or null
 */
export function encodeResponseData(
  { responderIdDer }: OcspFrame,
  times: OcspTimes,
  responses: readonly SingleResponse[],
  nonceDer: Uint8Array | null,
): Uint8Array<ArrayBuffer> {
  return encodeSequence(
    responderIdDer,
    times.thisUpdateDer,
    encodeSequence(...responses.map((response) => encodeSingleResponse(response, times))),
    nonceDer === null ? EMPTY : encodeNonce(nonceDer),
  );
}

function encodeSingleResponse({ certIdDer, status }: SingleResponse, times: OcspTimes): Uint8Array {
  return encodeSequence(
    certIdDer,
    encodeStatus(status),
    times.thisUpdateDer,
    times.nextUpdateDer,
    // A certificate that was never issued has no archive cutoff.
    status.kind === 'unknown' ? EMPTY : times.archiveCutoffDer,
  );
}

function encodeStatus(status: CertStatus): Uint8Array {
  switch (status.kind) {
    case 'good':
      return GOOD_DER;
    case 'unknown':
      return UNKNOWN_DER;
    case 'revoked':
      return encodeElement(
        CONTEXT_1,
        encodeGeneralizedTime(status.revokedAtSeconds),
        status.reason === 0
          ? EMPTY
          : encodeElement(CONTEXT_0, Uint8Array.of(TAG.enumerated, 1, status.reason)),
      );
  }
}

function encodeNonce(nonceDer: Uint8Array): Uint8Array {
  return encodeElement(CONTEXT_1, encodeSequence(encodeExtension(NONCE_DER, nonceDer)));
}

/** Writes an Extension that is not critical. */
function encodeExtension(oidDer: Uint8Array, valueDer: Uint8Array): Uint8Array {
  return encodeSequence(oidDer, encodeElement(TAG.octetString, valueDer));
}

/** Writes the OCSPResponse around a BasicOCSPResponse. */
export function encodeOcspResponse(
  { signatureAlgorithmDer, certificatesDer }: OcspFrame,
  responseDataDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const basicDer = encodeSequence(
    responseDataDer,
    signatureAlgorithmDer,
    encodeBitString(signature),
    certificatesDer,
  );
  return encodeSequence(
    SUCCESSFUL_DER,
    encodeElement(CONTEXT_0, encodeSequence(BASIC_DER, encodeElement(TAG.octetString, basicDer))),
  );
}
