import type { SubjectFields } from '../../x509/names/subject-fields.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

const FIELDS = [
  'Country',
  'State',
  'Locality',
  'Organization',
  'OrganizationUnit',
  'CommonName',
] as const;

/**
 * The subject that stands in parameters of their own; empty where there are none.
 * @param countryName what the action calls the country
 */
export function readSubject(
  parameters: Parameters,
  countryName: 'Country' | 'CountryCode',
): SubjectFields {
  const fields: Partial<Record<keyof SubjectFields, string>> = {};
  for (const field of FIELDS) {
    const text = parameters.get(field === 'Country' ? countryName : field) ?? '';
    if (text !== '') fields[field] = text;
  }
  return fields;
}
