import { decodeString } from '../../asn1/strings.ts';
import { getAttributeType } from './name-attributes.ts';
import { readName } from './name-der.ts';
import type { SubjectFields } from './subject-fields.ts';

const FIELD_OF: ReadonlyMap<string, keyof SubjectFields> = new Map([
  ['C', 'Country'],
  ['ST', 'State'],
  ['L', 'Locality'],
  ['O', 'Organization'],
  ['OU', 'OrganizationUnit'],
  ['CN', 'CommonName'],
]);

/**
 * Reads the attributes of a Name that are subject fields. If one occurs more than once, the most
 * specific (last) counts. Values that are not text are skipped.
 * @throws DerError if `nameDer` is not a Name
 */
export function readSubjectFields(nameDer: Uint8Array): SubjectFields {
  const fields: Partial<Record<keyof SubjectFields, string>> = {};
  for (const { oid, value } of readName(nameDer).flat()) {
    const field = FIELD_OF.get(getAttributeType(oid).name);
    const text = decodeString(value);
    if (field !== undefined && text !== null) fields[field] = text;
  }
  return fields;
}
