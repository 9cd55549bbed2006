import { decodeString } from '../../asn1/strings.ts';
import { attributeTypeOf } from './name-attributes.ts';
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
 * The parts of a Name that have a field of their own; of several of a kind the most specific (last).
 * Values that are no text are left out. @throws DerError where `nameDer` is no Name
 */
export function readSubjectFields(nameDer: Uint8Array): SubjectFields {
  const fields: Partial<Record<keyof SubjectFields, string>> = {};
  for (const { oid, value } of readName(nameDer).flat()) {
    const field = FIELD_OF.get(attributeTypeOf(oid).name);
    const text = decodeString(value);
    if (field !== undefined && text !== null) fields[field] = text;
  }
  return fields;
}
