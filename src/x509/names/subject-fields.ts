import { encodeElement, encodeObjectIdentifier, encodeSequence, TAG } from '../../asn1/der.ts';
import { encodeUtf8 } from '../../bytes.ts';
import { isCountryCode } from './country-codes.ts';
import { findAttributeTypeByName, STRING_TAGS } from './name-attributes.ts';
import { invalidSubject } from './name-rules.ts';
import { checkSubjectName } from './names.ts';

/** A subject as separate fields, as in forms and APIs. */
export interface SubjectFields {
  readonly Country?: string;
  readonly State?: string;
  readonly Locality?: string;
  readonly Organization?: string;
  readonly OrganizationUnit?: string;
  readonly CommonName?: string;
}

/** Fields and their attributes in DER order, least specific first. */
const FIELDS: readonly (readonly [keyof SubjectFields, string])[] = [
  ['Country', 'C'],
  ['State', 'ST'],
  ['Locality', 'L'],
  ['Organization', 'O'],
  ['OrganizationUnit', 'OU'],
  ['CommonName', 'CN'],
];

/**
 * Encodes a Name with one RDN for each field that is set.
 * @throws SignetError invalid-subject if no field is set, if one is empty or longer than the upper
 *   bound of RFC 5280 appendix A.1, or if the country is not in ISO 3166-1
 */
export function encodeSubjectFields(fields: SubjectFields): Uint8Array<ArrayBuffer> {
  const rdns: Uint8Array[] = [];
  for (const [field, attribute] of FIELDS) {
    const value = fields[field];
    if (value !== undefined) rdns.push(encodeRdn(field, attribute, value));
  }
  if (rdns.length === 0) throw invalidSubject('it is empty: give at least a CommonName');
  const nameDer = encodeSequence(...rdns);
  checkSubjectName(nameDer);
  return nameDer;
}

function encodeRdn(field: keyof SubjectFields, attribute: string, value: string): Uint8Array {
  if (field === 'Country' && !isCountryCode(value)) {
    const upperCase = value.toUpperCase();
    throw invalidSubject(
      isCountryCode(upperCase)
        ? `Country must be in upper case: write ${upperCase}`
        : 'Country is not a code of ISO 3166-1: use two letters such as CN or DE',
    );
  }
  if (!value.isWellFormed()) throw invalidSubject(`${field} is not well-formed Unicode`);
  const type = findAttributeTypeByName(attribute);
  if (type === null) throw new Error(`no attribute ${attribute}`);
  const [tag] = STRING_TAGS[type.form];
  const valueDer = encodeElement(tag, encodeUtf8(value));
  return encodeElement(TAG.set, encodeSequence(encodeObjectIdentifier(type.oid), valueDer));
}
