import {
  encodeElement,
  encodeElementHeader,
  encodeSequence,
  encodeUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { encodeTime } from '../../asn1/time.ts';
import { concatBytes, encodeUtf8 } from '../../bytes.ts';
import { encodeAuthorityKeyIdentifier, encodeExtension } from '../certificate/extensions.ts';
import { encodeRevokedEntries, type RevokedCertificate } from './revoked-entries.ts';

export interface CertListFields {
  readonly signatureAlgorithmDer: Uint8Array;
  /** The CA's subject, byte for byte. */
  readonly issuerDer: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly crlNumber: number;
  /** The CA's subject key identifier, without any DER around it. */
  readonly authorityKeyIdentifier: Uint8Array;
  /** Of a delta list: the number of the list that it builds upon. */
  readonly baseCrlNumber?: number | null;
  /** Of a list for some certificates: the URL in the distribution points of these, and of no others. */
  readonly distributionPointUrl?: string | null;
  /** Where the delta list for this one is. */
  readonly freshestCrlUrl?: string | null;
}

export interface WholeCertListFields extends CertListFields {
  /** Listed in this order. */
  readonly entries: readonly RevokedCertificate[];
}

const CRL_NUMBER_OID = '2.5.29.20';
const DELTA_CRL_INDICATOR_OID = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT_OID = '2.5.29.28';
const FRESHEST_CRL_OID = '2.5.29.46';

const VERSION_2_DER = Uint8Array.of(TAG.integer, 1, 1);
const EXTENSIONS_TAG = 0xa0;
/** distributionPoint of a DistributionPoint or IssuingDistributionPoint, and its fullName. */
const NAME_TAG = 0xa0;
const FULL_NAME_TAG = 0xa0;
const URI_TAG = 0x86;

/**
 * What stands before and behind the entries of a TBSCertList v2 (RFC 5280 section 5.1.2), so that a
 * long list can be put together without being encoded: the three joined are its DER.
 * @param entriesLength of all entries in DER; 0 where there are none
 */
export function encodeCertListFrame(
  fields: CertListFields,
  entriesLength: number,
): { readonly headDer: Uint8Array<ArrayBuffer>; readonly tailDer: Uint8Array<ArrayBuffer> } {
  const before = concatBytes(
    VERSION_2_DER,
    fields.signatureAlgorithmDer,
    fields.issuerDer,
    encodeTime(fields.thisUpdateSeconds),
    encodeTime(fields.nextUpdateSeconds),
    // revokedCertificates is left out where it would be empty.
    entriesLength === 0 ? new Uint8Array(0) : encodeElementHeader(TAG.sequence, entriesLength),
  );
  const tailDer = encodeElement(EXTENSIONS_TAG, encodeSequence(...encodeCrlExtensions(fields)));
  const length = before.length + entriesLength + tailDer.length;
  return { headDer: concatBytes(encodeElementHeader(TAG.sequence, length), before), tailDer };
}

/** A whole TBSCertList. */
export function buildTbsCertList(fields: WholeCertListFields): Uint8Array<ArrayBuffer> {
  const entriesDer = encodeRevokedEntries(fields.entries);
  const { headDer, tailDer } = encodeCertListFrame(fields, entriesDer.length);
  return concatBytes(headDer, entriesDer, tailDer);
}

/** RFC 5280 section 5.2. */
function encodeCrlExtensions(fields: CertListFields): Uint8Array[] {
  const { baseCrlNumber = null, distributionPointUrl = null, freshestCrlUrl = null } = fields;
  const extensions = [
    encodeAuthorityKeyIdentifier(fields.authorityKeyIdentifier),
    encodeExtension(CRL_NUMBER_OID, false, encodeCrlNumber(fields.crlNumber)),
  ];
  if (baseCrlNumber !== null) {
    extensions.push(encodeExtension(DELTA_CRL_INDICATOR_OID, true, encodeCrlNumber(baseCrlNumber)));
  }
  if (distributionPointUrl !== null) {
    const value = encodeDistributionPoint(distributionPointUrl);
    extensions.push(encodeExtension(ISSUING_DISTRIBUTION_POINT_OID, true, value));
  }
  if (freshestCrlUrl !== null) {
    const value = encodeSequence(encodeDistributionPoint(freshestCrlUrl));
    extensions.push(encodeExtension(FRESHEST_CRL_OID, false, value));
  }
  return extensions;
}

/** DistributionPoint and IssuingDistributionPoint begin alike, and nothing more of them is needed. */
function encodeDistributionPoint(url: string): Uint8Array {
  const name = encodeElement(URI_TAG, encodeUtf8(url));
  return encodeSequence(encodeElement(NAME_TAG, encodeElement(FULL_NAME_TAG, name)));
}

function encodeCrlNumber(number: number): Uint8Array {
  const hex = number.toString(16);
  return encodeUnsignedInteger(
    Uint8Array.fromHex(hex.padStart(hex.length + (hex.length % 2), '0')),
  );
}
