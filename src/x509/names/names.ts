import {
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  MAX_ARC,
  TAG,
} from '../../asn1/der.ts';
import { assertStrictDer, compareEncodings } from '../../asn1/strict-der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { encodeUtf8 } from '../../bytes.ts';
import {
  type AttributeType,
  COMMON_NAME_OID,
  findAttributeTypeByName,
  getAttributeType,
  STRING_TAGS,
} from './name-attributes.ts';
import { type NameAttribute, readName } from './name-der.ts';
import { checkRdn, invalidSubject } from './name-rules.ts';
import { escapeNameValue, parseNameText, type TextAttribute } from './name-text.ts';

/**
 * Our own limits. Real subjects are far smaller, and lists of certificates show subjects in full.
 */
const MAX_NAME_BYTES = 4096;
const MAX_RDNS = 64;

/**
 * Checks the subject of a new certificate: well-formed DER, the string types and upper bounds of
 * RFC 5280 (section 4.1.2.4 and appendix A.1), no empty values, no control or invisible characters.
 * The empty Name passes: whether it is allowed depends on the subjectAltName (section 4.1.2.6).
 * @throws SignetError invalid-subject; the message names the attribute
 */
export function checkSubjectName(nameDer: Uint8Array): void {
  if (nameDer.length > MAX_NAME_BYTES) {
    throw invalidSubject(`it is larger than ${MAX_NAME_BYTES} bytes: shorten it`);
  }
  const rdns = readNameOrRefuse(nameDer);
  if (rdns.length > MAX_RDNS) {
    throw invalidSubject(`it has more than ${MAX_RDNS} RDNs: leave some out`);
  }
  for (const rdn of rdns) checkRdn(rdn);
}

/** Returns whether `nameDer` is the Name without RDNs. */
export function isEmptyName(nameDer: Uint8Array): boolean {
  return nameDer.length === 2 && nameDer[0] === TAG.sequence && nameDer[1] === 0;
}

/**
 * Returns the most specific (last) commonName, or null if there is none or it is not text.
 * @throws SignetError invalid-subject if `nameDer` is not a Name
 */
export function findCommonName(nameDer: Uint8Array): string | null {
  const commonName = readNameOrRefuse(nameDer)
    .flat()
    .findLast(({ oid }) => oid === COMMON_NAME_OID);
  return commonName === undefined ? null : decodeString(commonName.value);
}

/**
 * Lists the attributes of a Name: the short name of the type, or its OID if it has none, and the value,
 * or null if it is not text.
 * @throws SignetError invalid-subject if `nameDer` is not a Name
 */
export function listAttributes(nameDer: Uint8Array): AttributeText[] {
  return readNameOrRefuse(nameDer).flat().map(toText);
}

/**
 * Returns the Name with only the attributes that `keep` wants. RDNs without an attribute are left out.
 * @throws SignetError invalid-subject if `nameDer` is not a Name
 */
export function keepAttributes(
  nameDer: Uint8Array,
  keep: (attribute: AttributeText) => boolean,
): Uint8Array<ArrayBuffer> {
  const rdns = readNameOrRefuse(nameDer)
    .map((rdn) => rdn.filter((attribute) => keep(toText(attribute))))
    .filter((rdn) => rdn.length > 0);
  return encodeSequence(
    ...rdns.map((rdn) => encodeElement(TAG.set, ...rdn.map(({ bytes }) => bytes))),
  );
}

/** An attribute by its short name, or its OID if it has none; its value is null if it is not text. */
export interface AttributeText {
  readonly type: string;
  readonly value: string | null;
}

function toText({ oid, value }: NameAttribute): AttributeText {
  return { type: getAttributeType(oid).name, value: decodeString(value) };
}

/**
 * Formats a Name in the string form of RFC 4514, most specific RDN first. A value that is not text,
 * or whose type has no short name, is written as #hex. Control and invisible characters are
 * escaped, so the text is safe to show and to log. Never throws: if `nameDer` is not a Name,
 * returns # and its hex.
 */
export function formatName(nameDer: Uint8Array): string {
  try {
    return readName(nameDer)
      .reverse()
      .map((rdn) => rdn.map(formatAttribute).join('+'))
      .join(',');
  } catch (error) {
    if (error instanceof DerError) return `#${nameDer.toHex()}`;
    throw error;
  }
}

function formatAttribute({ oid, value }: NameAttribute): string {
  const { name } = getAttributeType(oid);
  // RFC 4514 section 2.4: after a dotted OID, the value is #hex.
  const text = name === oid ? null : decodeString(value);
  return `${name}=${text === null ? `#${value.bytes.toHex()}` : escapeNameValue(text)}`;
}

/**
 * Encodes a Name from the string form of RFC 4514, such as `CN=Signet Root CA,O=Example,C=CN`. The
 * text has the most specific RDN first, the DER has it last. Values become UTF8String, or the only
 * type that their attribute allows.
 * @throws SignetError invalid-subject if the text is malformed, or its Name empty or not allowed
 */
export function encodeNameFromText(text: string): Uint8Array<ArrayBuffer> {
  const rdns = parseNameText(text)
    .reverse()
    .map((attributes) =>
      encodeElement(TAG.set, ...attributes.map(encodeAttribute).sort(compareEncodings)),
    );
  const nameDer = encodeSequence(...rdns);
  checkSubjectName(nameDer);
  return nameDer;
}

function encodeAttribute({ type, value }: TextAttribute): Uint8Array {
  const attributeType = findAttributeType(type);
  const oidDer = encodeObjectIdentifier(attributeType.oid);
  if (typeof value !== 'string') {
    try {
      assertStrictDer(value);
    } catch (error) {
      throw invalidSubject(`the #hex value of ${attributeType.name} is not DER`, error);
    }
    return encodeSequence(oidDer, value);
  }
  const [tag] = STRING_TAGS[attributeType.form];
  return encodeSequence(oidDer, encodeElement(tag, encodeUtf8(value)));
}

function findAttributeType(type: string): AttributeType {
  if (/^\d/.test(type)) {
    const arcs = type.split('.').map(Number);
    const [root = 0, second = 0] = arcs;
    const isValid =
      !/(?:^|\.)0\d/.test(type) &&
      root <= 2 &&
      (root === 2 || second < 40) &&
      arcs.every((arc) => arc <= MAX_ARC - 80);
    if (!isValid) throw invalidSubject(`${type.slice(0, 64)} is not an object identifier`);
    return getAttributeType(type);
  }
  const found = findAttributeTypeByName(type);
  if (found === null) {
    throw invalidSubject(
      `the attribute ${type.slice(0, 64)} is unknown: use a name such as CN, O, OU, L, ST, C or emailAddress, or an object identifier`,
    );
  }
  return found;
}

function readNameOrRefuse(nameDer: Uint8Array): NameAttribute[][] {
  try {
    return readName(nameDer);
  } catch (error) {
    if (error instanceof DerError) {
      throw invalidSubject(`it is not the DER of a Name: ${error.message}`, error);
    }
    throw error;
  }
}
