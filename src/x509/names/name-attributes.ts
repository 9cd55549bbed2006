import { TAG } from '../../asn1/der.ts';

/**
 * String types of attributes. `directory` is DirectoryString without the types that RFC 5280
 * section 4.1.2.4 forbids in new subjects; `pkcs9` is PKCS9String of RFC 2985.
 */
type StringForm = 'directory' | 'printable' | 'country' | 'ia5' | 'numeric' | 'pkcs9';

/** Tags that each form allows. Signet writes the first. */
export const STRING_TAGS: Readonly<Record<StringForm, readonly [number, ...number[]]>> = {
  directory: [TAG.utf8String, TAG.printableString],
  printable: [TAG.printableString],
  country: [TAG.printableString],
  ia5: [TAG.ia5String],
  numeric: [TAG.numericString],
  pkcs9: [TAG.utf8String, TAG.printableString, TAG.ia5String],
};

export interface AttributeType {
  readonly oid: string;
  /** The short name of RFC 4514 section 3, or the descriptor in the RFC that defines the type. */
  readonly name: string;
  readonly form: StringForm;
  /** Upper bound in characters. */
  readonly maxLength: number;
}

/** Our own limit for attributes whose length no RFC limits. */
const MAX_LENGTH = 1024;
/** ub-name of RFC 5280 appendix A.1. The limit for the whole Name is lower. */
const UB_NAME = 32768;

export const COMMON_NAME_OID = '2.5.4.3';

/** Bounds: RFC 5280 appendix A.1, then X.520 annex C, RFC 4524 (UID) and RFC 2985 (pkcs-9). */
const ATTRIBUTE_TYPES: readonly AttributeType[] = [
  directory(COMMON_NAME_OID, 'CN', 64),
  directory('2.5.4.7', 'L', 128),
  directory('2.5.4.8', 'ST', 128),
  directory('2.5.4.10', 'O', 64),
  directory('2.5.4.11', 'OU', 64),
  { oid: '2.5.4.6', name: 'C', form: 'country', maxLength: 2 },
  directory('2.5.4.9', 'STREET', 128),
  { oid: '0.9.2342.19200300.100.1.25', name: 'DC', form: 'ia5', maxLength: 63 },
  directory('0.9.2342.19200300.100.1.1', 'UID', 256),
  { oid: '1.2.840.113549.1.9.1', name: 'emailAddress', form: 'ia5', maxLength: 255 },
  { oid: '2.5.4.5', name: 'serialNumber', form: 'printable', maxLength: 64 },
  { oid: '2.5.4.46', name: 'dnQualifier', form: 'printable', maxLength: MAX_LENGTH },
  directory('2.5.4.4', 'SN', UB_NAME),
  directory('2.5.4.42', 'givenName', UB_NAME),
  directory('2.5.4.43', 'initials', UB_NAME),
  directory('2.5.4.44', 'generationQualifier', UB_NAME),
  directory('2.5.4.41', 'name', UB_NAME),
  directory('2.5.4.12', 'title', 64),
  directory('2.5.4.65', 'pseudonym', 128),
  directory('2.5.4.13', 'description', MAX_LENGTH),
  directory('2.5.4.15', 'businessCategory', 128),
  directory('2.5.4.17', 'postalCode', 40),
  { oid: '2.5.4.20', name: 'telephoneNumber', form: 'printable', maxLength: 32 },
  { oid: '2.5.4.24', name: 'x121Address', form: 'numeric', maxLength: 15 },
  { oid: '2.5.4.25', name: 'internationalISDNNumber', form: 'numeric', maxLength: 16 },
  directory('2.5.4.97', 'organizationIdentifier', MAX_LENGTH),
  { oid: '1.2.840.113549.1.9.2', name: 'unstructuredName', form: 'pkcs9', maxLength: 255 },
  directory('1.2.840.113549.1.9.8', 'unstructuredAddress', 255),
  directory('1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionL', 128),
  directory('1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionST', 128),
  { oid: '1.3.6.1.4.1.311.60.2.1.3', name: 'jurisdictionC', form: 'country', maxLength: 2 },
];

function directory(oid: string, name: string, maxLength: number): AttributeType {
  return { oid, name, form: 'directory', maxLength };
}

const BY_OID = new Map(ATTRIBUTE_TYPES.map((type) => [type.oid, type]));
const BY_NAME = new Map(ATTRIBUTE_TYPES.map((type) => [type.name.toLowerCase(), type]));

/**
 * Returns the attribute type of an OID in dotted decimal. An unknown type has its OID as its name.
 */
export function getAttributeType(oid: string): AttributeType {
  return BY_OID.get(oid) ?? directory(oid, oid, MAX_LENGTH);
}

/** Returns the attribute type of a name in any case, or null if the name is unknown. */
export function findAttributeTypeByName(name: string): AttributeType | null {
  return BY_NAME.get(name.toLowerCase()) ?? null;
}
