import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import { type Element, elementAt, integerHex, readElement, readElements } from './der.ts';

/** A downloaded CRL. */
export interface RevocationList {
  readonly number: number;
  /** Number of a delta's base; null for a complete CRL. */
  readonly baseNumber: number | null;
  readonly serials: ReadonlySet<string>;
  /** Serial numbers of the entries with removeFromCRL. */
  readonly released: ReadonlySet<string>;
  /** The address in the critical issuing distribution point, or null. */
  readonly distributionPoint: string | null;
  /** The address of its delta in freshestCRL, or null. */
  readonly freshest: string | null;
  readonly issuerDer: Buffer;
  readonly tbsDer: Buffer;
  readonly signature: Buffer;
}

/** The signer of the CRLs, with a P-256 key. */
export interface ListIssuer {
  readonly subjectDer: Buffer;
  readonly publicKey: KeyObject;
}

const EXTENSIONS_TAG = 0xa0;
const SEQUENCE_TAG = 0x30;
const INTEGER_TAG = 0x02;
const CRL_NUMBER = '551d14';
const DELTA_INDICATOR = '551d1b';
const ISSUING_DISTRIBUTION_POINT = '551d1c';
const FRESHEST_CRL = '551d2e';
const REMOVED_FROM_CRL = Buffer.from('0603551d1504030a0108', 'hex');
const TIME_TAGS: ReadonlySet<number> = new Set([0x17, 0x18]);

/** Parses a CertificateList (RFC 5280 section 5.1). @throws RangeError, TypeError if it is none */
export function readList(crlDer: Buffer): RevocationList {
  const [tbs, , signature] = readElements(readElement(crlDer).content);
  if (tbs === undefined || signature === undefined) throw new RangeError('Not a CertificateList');
  const fields = readElements(tbs.content);
  const firstTime = fields.findIndex(({ tag }) => TIME_TAGS.has(tag));
  const entries = fields.slice(firstTime).find(({ tag }) => tag === SEQUENCE_TAG);
  const extensions = readExtensions(fields.find(({ tag }) => tag === EXTENSIONS_TAG));
  const number = extensions.get(CRL_NUMBER);
  if (number === undefined) throw new RangeError('The CRL has no number');
  const base = extensions.get(DELTA_INDICATOR);
  return {
    number: readInteger(number),
    baseNumber: base === undefined ? null : readInteger(base),
    ...readEntries(entries),
    distributionPoint: readUri(extensions.get(ISSUING_DISTRIBUTION_POINT)),
    freshest: readUri(extensions.get(FRESHEST_CRL)),
    issuerDer: elementAt(fields, firstTime - 1).der,
    tbsDer: tbs.der,
    signature: signature.content.subarray(1),
  };
}

function readEntries(entries: Element | undefined) {
  const serials = new Set<string>();
  const released = new Set<string>();
  for (const entry of entries === undefined ? [] : readElements(entries.content)) {
    const serial = readElement(entry.content);
    if (serial.tag !== INTEGER_TAG) throw new TypeError('An entry has no serial number');
    const isRelease = entry.content.includes(REMOVED_FROM_CRL);
    (isRelease ? released : serials).add(integerHex(serial));
  }
  return { serials, released };
}

/** Returns the value of each extension by its OID's content in hex. */
function readExtensions(wrapper: Element | undefined): ReadonlyMap<string, Buffer> {
  if (wrapper === undefined) return new Map();
  return new Map(
    readElements(readElement(wrapper.content).content).map(({ content }) => {
      const parts = readElements(content);
      const value = elementAt(parts, parts.length - 1);
      return [elementAt(parts, 0).content.toString('hex'), value.content];
    }),
  );
}

function readInteger(der: Buffer): number {
  return Number.parseInt(readElement(der).content.toString('hex'), 16);
}

function readUri(der: Buffer | undefined): string | null {
  return der === undefined
    ? null
    : (/https?:\/\/[\x21-\x7e]+/.exec(der.toString('latin1'))?.[0] ?? null);
}

/** @param certificate PEM */
export function readListIssuer(certificate: string): ListIssuer {
  const { raw, publicKey } = new X509Certificate(certificate);
  const fields = readElements(elementAt(readElements(readElement(raw).content), 0).content);
  // version, serialNumber, signature, issuer, validity, subject
  return { subjectDer: elementAt(fields, 5).der, publicKey };
}

/** Returns whether the CRL has the issuer's name and a valid signature of its key. */
export function isIssuedBy(list: RevocationList, { subjectDer, publicKey }: ListIssuer): boolean {
  return (
    list.issuerDer.equals(subjectDer) && verify('sha256', list.tbsDer, publicKey, list.signature)
  );
}
