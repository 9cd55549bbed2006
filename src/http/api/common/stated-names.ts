import { exactOptional, type InferOutput, strictObject } from 'valibot';
import { encodeSequence } from '../../../asn1/der.ts';
import { SignetError } from '../../../errors.ts';
import type { StatedNames } from '../../../issuance/check-request.ts';
import {
  encodeSubjectAltName,
  type GeneralName,
  parseSubjectAltName,
} from '../../../x509/names/general-names.ts';
import { encodeNameFromText } from '../../../x509/names/names.ts';
import { TEXT, TEXTS } from './field-schemas.ts';

const NAMES = strictObject(
  {
    dns: exactOptional(TEXTS),
    ip: exactOptional(TEXTS),
    email: exactOptional(TEXTS),
    uri: exactOptional(TEXTS),
  },
  'an object with dns, ip, email and uri as arrays of strings',
);

/** The fields of a request that name the subject of a certificate. */
export const NAME_SCHEMAS = {
  subject: exactOptional(TEXT),
  names: exactOptional(NAMES),
};

export const NAME_NOTES = {
  subject:
    'RFC 4514 text, such as `CN=www.example.com,O=Example`, instead of the subject of the CSR. Empty: no subject.',
  names:
    'Alternative names (`dns`, `ip`, `email`, `uri`) instead of those of the CSR. Without any, a host name or IP address in the CN is the only one.',
};

interface NameFields {
  readonly subject?: string;
  readonly names?: InferOutput<typeof NAMES>;
}

/** @throws SignetError invalid-subject, invalid-subject-alt-name */
export function readStatedNames({ subject, names }: NameFields): StatedNames {
  return {
    subjectDer: subject === undefined ? null : readSubject(subject),
    subjectAltNames: names === undefined ? null : readNames(names),
  };
}

function readSubject(text: string): Uint8Array {
  return text === '' ? encodeSequence() : encodeNameFromText(text);
}

function readNames({ dns = [], ip = [], email = [], uri = [] }: InferOutput<typeof NAMES>) {
  const ofKind = (kind: GeneralName['kind'], values: readonly string[]) =>
    values.map((value): GeneralName => ({ kind, value }));
  const names = [
    ...ofKind('dns', dns),
    ...ofKind('ip', ip),
    ...ofKind('email', email),
    ...ofKind('uri', uri),
  ];
  if (names.length === 0) return [];
  try {
    return parseSubjectAltName(encodeSubjectAltName(names));
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    throw new SignetError(error.code, error.message, { field: 'names', cause: error });
  }
}
