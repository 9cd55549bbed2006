import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { EXTENSIONS } from '../../asn1/shapes.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { decodeTime } from '../../asn1/time.ts';
import { MAX_SERIAL_HEX_DIGITS, readSerialHex } from '../certificate/serial-number.ts';
import type { RevokedCertificate } from './revoked-entries.ts';

const REASON_CODE_OID = '2.5.29.21';
const INVALIDITY_DATE_OID = '2.5.29.24';
const UNDERSTOOD: readonly string[] = [REASON_CODE_OID, INVALIDITY_DATE_OID];
/** RFC 5280 section 5.3.1: 7 is not used. */
const REASONS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);

/**
 * Reads revokedCertificates (RFC 5280 section 5.1.2.6) element by element: a list may have 100,000
 * entries, for which the schema library needs 738 MB.
 * @param revoked from DER that the gate has let pass
 * @param isV2 whether entries may have extensions
 * @throws DerError
 */
export function readRevokedEntries(revoked: DerElement, isV2: boolean): RevokedCertificate[] {
  const serials = new Set<string>();
  return readChildren(revoked.content).map((element) => {
    if (element.tag !== TAG.sequence) throw new DerError('an entry is not a SEQUENCE');
    const [serial, revokedAt, extensions, ...rest] = readChildren(element.content);
    if (serial === undefined || revokedAt === undefined) {
      throw new DerError('an entry lacks its serial number or date');
    }
    if (rest.length > 0) throw new DerError('an entry has an extra element');
    if (extensions !== undefined && !isV2) {
      throw new DerError('an entry has extensions, but the version is v1');
    }
    const serialHex = readSerial(serial);
    if (serials.has(serialHex)) throw new DerError(`serial number ${serialHex} is listed twice`);
    serials.add(serialHex);
    return {
      serialHex,
      revokedAtSeconds: decodeTime(revokedAt),
      ...(extensions === undefined
        ? { reason: 0, invalidityDateSeconds: null }
        : readEntryExtensions(extensions)),
    };
  });
}

function readSerial(element: DerElement): string {
  if (element.tag !== TAG.integer)
    throw new DerError('the serial number of an entry is no INTEGER');
  const serialHex = readSerialHex(element.content);
  if (serialHex.replace('-', '').length > MAX_SERIAL_HEX_DIGITS) {
    throw new DerError('the serial number of an entry is over 20 octets');
  }
  return serialHex;
}

function readEntryExtensions(
  list: DerElement,
): Pick<RevokedCertificate, 'reason' | 'invalidityDateSeconds'> {
  if (list.tag !== TAG.sequence) throw new DerError('the extensions of an entry are no SEQUENCE');
  EXTENSIONS.check(list);
  let reason: number | null = null;
  let invalidityDateSeconds: number | null = null;
  const seen = new Set<string>();
  for (const extension of readChildren(list.content)) {
    const [id, ...rest] = readChildren(extension.content);
    const value = rest.at(-1);
    if (id === undefined || value === undefined) throw new DerError('an empty extension');
    const oid = readObjectIdentifier(id);
    if (seen.has(oid)) throw new DerError(`the extension ${oid} occurs twice`);
    seen.add(oid);
    if (!UNDERSTOOD.includes(oid)) {
      if (rest.length > 1) throw new DerError(`the critical extension ${oid} is not supported`);
      continue;
    }
    assertStrictDer(value.content);
    if (oid === REASON_CODE_OID) reason = readReason(value.content);
    else invalidityDateSeconds = decodeTime(readOnly(value.content, TAG.generalizedTime));
  }
  return { reason: reason ?? 0, invalidityDateSeconds };
}

function readReason(valueDer: Uint8Array): number {
  const { content } = readOnly(valueDer, TAG.enumerated);
  const [reason] = content;
  if (content.length !== 1 || reason === undefined || !REASONS.has(reason)) {
    throw new DerError('the reason code of an entry is unknown');
  }
  return reason;
}
