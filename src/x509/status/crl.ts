import { CertificateList, CRL_SHAPE } from '../../asn1/crl-schema.ts';
import {
  type DerElement,
  DerError,
  encodeSequence,
  readBitStringBytes,
  readChildren,
  readElement,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import type { Extension } from '../../asn1/extension-schema.ts';
import { parseGated } from '../../asn1/parse-strict.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { decodeTime } from '../../asn1/time.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { type ExtensionMap, mapExtensions } from '../certificate/extensions.ts';
import { readRevokedEntries } from './read-revoked-entries.ts';
import type { RevokedCertificate } from './revoked-entries.ts';

const CRL_NUMBER_OID = '2.5.29.20';
const AUTHORITY_KEY_IDENTIFIER_OID = '2.5.29.35';
const UNDERSTOOD: readonly string[] = [CRL_NUMBER_OID, AUTHORITY_KEY_IDENTIFIER_OID];

export interface Crl {
  /** Null without a CRL number: a v1 list, or one that OpenSSL made without a crlnumber file. */
  readonly number: number | null;
  readonly issuerDer: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number | null;
  readonly entries: readonly RevokedCertificate[];
  /** The bytes that are signed. */
  readonly tbsDer: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
}

/**
 * Parses a complete CRL, v1 or v2. The signature is for the caller to verify.
 * @throws SignetError malformed-crl with the rule that is broken; also for a critical extension that
 *   is not understood (RFC 5280 section 5.2: an indirect, partial or delta CRL) and for a CRL number
 *   of 2^53 or more
 */
export function parseCrl(crlDer: Uint8Array): Crl {
  try {
    return readCrl(crlDer);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SignetError('malformed-crl', `The CRL cannot be used: ${error.message}.`, {
      field: 'crl',
      cause: error,
    });
  }
}

const V2 = 1;

function readCrl(crlDer: Uint8Array): Crl {
  assertStrictDer(crlDer);
  const whole = readOnly(crlDer, TAG.sequence);
  CRL_SHAPE.check(whole);
  const { tbs, entries, rest } = cutEntries(whole);
  const parsed = parseGated(rest, CertificateList, TAG.sequence, CRL_SHAPE);
  const { version, signature, issuer, thisUpdate, ...list } = parsed.tbsCertList;
  if (version !== undefined && version !== V2) throw new DerError('its version is not v2');
  if (!equalBytes(signature, parsed.signatureAlgorithm)) {
    throw new DerError('the two signature algorithms differ (RFC 5280 section 5.1.1.2)');
  }
  if (version === undefined && list.crlExtensions !== undefined) {
    throw new DerError('it has extensions, but its version is v1');
  }
  const nextUpdate = list.nextUpdateUtc ?? list.nextUpdateGeneralized;
  return {
    number: readCrlNumber(list.crlExtensions ?? []),
    issuerDer: issuer,
    thisUpdateSeconds: decodeTime(readElement(thisUpdate)),
    nextUpdateSeconds: nextUpdate === undefined ? null : decodeTime(readElement(nextUpdate)),
    entries: entries === undefined ? [] : readRevokedEntries(entries, version === V2),
    tbsDer: tbs.bytes,
    signatureAlgorithmDer: parsed.signatureAlgorithm,
    signatureAlgorithmOid: readAlgorithmOid(parsed.signatureAlgorithm),
    signature: readBitStringBytes(readElement(parsed.signature)),
  };
}

/** The entries are for our own reader: the schema library needs 7 KB of memory for each of them. */
function cutEntries(whole: DerElement) {
  const [tbs, ...signed] = readChildren(whole.content);
  if (tbs === undefined) throw new DerError('there is no tbsCertList');
  const fields = readChildren(tbs.content);
  // The issuer is a SEQUENCE too; the entries are the one that comes after thisUpdate.
  const afterTimes = fields.findLastIndex(({ tag }) => TIMES.includes(tag)) + 1;
  const entries = fields[afterTimes]?.tag === TAG.sequence ? fields[afterTimes] : undefined;
  const others = fields.filter((field) => field !== entries).map(({ bytes }) => bytes);
  const rest = encodeSequence(encodeSequence(...others), ...signed.map(({ bytes }) => bytes));
  return { tbs, entries, rest };
}

const TIMES: readonly number[] = [TAG.utcTime, TAG.generalizedTime];

function readCrlNumber(extensions: readonly Extension[]): number | null {
  const map = mapExtensions(extensions);
  refuseCritical(map, UNDERSTOOD);
  const number = map.get(CRL_NUMBER_OID);
  if (number === undefined) return null;
  assertStrictDer(number.valueDer);
  const value = Number.parseInt(
    readUnsignedInteger(readOnly(number.valueDer, TAG.integer)).toHex(),
    16,
  );
  if (!Number.isSafeInteger(value)) throw new DerError('the CRL number is 2^53 or more');
  return value;
}

function refuseCritical(extensions: ExtensionMap, understood: readonly string[]): void {
  for (const [oid, { critical }] of extensions) {
    if (critical && !understood.includes(oid)) {
      throw new DerError(`the critical extension ${oid} is not supported`);
    }
  }
}

function readAlgorithmOid(algorithmDer: Uint8Array): string {
  return readObjectIdentifier(readElement(readOnly(algorithmDer, TAG.sequence).content));
}
