import { description, type InferOutput, nullable, object, pipe } from 'valibot';
import { type Answer, jsonAnswer, type Parameter } from '../../endpoint.ts';
import {
  describeSerial,
  flag,
  moment,
  momentOrNull,
  named,
  text,
  textOrNull,
  texts,
  whole,
} from '../common/answer-fields.ts';
import { DECODED_CERTIFICATE } from './decoded-answer.ts';

const ANSWER_FIELDS = {
  serial: text(describeSerial('')),
  authority: text('Id of the authority that signed it.'),
};
const NOT_AFTER = moment('The last second of its validity.');
const REASON = text('RFC 5280 section 5.3.1.');
const INVALIDITY_DATE = momentOrNull('When the key became or may have become unsafe.');
const CHAIN = texts('PEM of the authority and the CAs above it, without the root.');

export const ISSUED_CERTIFICATE = named('IssuedCertificate', {
  ...ANSWER_FIELDS,
  notAfter: NOT_AFTER,
  certificate: text('PEM.'),
  chain: CHAIN,
});
export type IssuedCertificateAnswer = InferOutput<typeof ISSUED_CERTIFICATE>;

export const CERTIFICATE = named('Certificate', {
  ...ANSWER_FIELDS,
  subject: text('Name of the subject, RFC 4514.'),
  profile: textOrNull('The profile that it was issued under; null if it was imported.'),
  origin: text('The API that issued it, or `import`.'),
  account: text('Id of the account that owns it.'),
  notBefore: moment('The first second of its validity.'),
  notAfter: NOT_AFTER,
  issuedAt: moment('When it was recorded.'),
  revocation: pipe(
    nullable(
      object({
        revokedAt: moment('When it was revoked.'),
        reason: REASON,
        invalidityDate: INVALIDITY_DATE,
      }),
    ),
    description('null while it is not revoked.'),
  ),
  certificate: textOrNull(
    'PEM; null if only its entry was imported, or if it expired more than RETENTION_DAYS ago.',
  ),
  chain: CHAIN,
  decoded: pipe(
    nullable(DECODED_CERTIFICATE),
    description('Everything that the certificate says; null if `certificate` is.'),
  ),
});
export type CertificateAnswer = InferOutput<typeof CERTIFICATE>;

const REVOKED_CERTIFICATE = named('RevokedCertificate', {
  ...ANSWER_FIELDS,
  revokedAt: moment('Every CRL from this moment on has it.'),
  reason: REASON,
  invalidityDate: INVALIDITY_DATE,
});
export type RevokedCertificateAnswer = InferOutput<typeof REVOKED_CERTIFICATE>;

export const RELEASED_CERTIFICATE = named('ReleasedCertificate', {
  ...ANSWER_FIELDS,
  releasedAt: moment('No CRL from this moment on has it.'),
});
export type ReleasedCertificateAnswer = InferOutput<typeof RELEASED_CERTIFICATE>;

export const REVOKED_MANY = named('RevokedMany', {
  revoked: whole('The number of certificates that this call revoked.'),
  remaining: flag('Whether there may be more. Then call again with `next` as `after`.'),
  next: textOrNull('The `after` of the next call; null if nothing remains.'),
});
export type RevokedManyAnswer = InferOutput<typeof REVOKED_MANY>;

export const SERIAL_EXAMPLE = 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68';

/** How a certificate is named in the path and the query. */
export const SERIAL_PARAMS = {
  serial:
    'Serial number in hexadecimal, in any case. Leading zeros and colons between bytes are allowed; a negative one begins with a minus sign.',
};

export const AUTHORITY_QUERY: { readonly authority: Parameter } = {
  authority: {
    description: 'Id of the authority, if several authorities issued this serial number.',
    type: 'string',
    examples: ['default'],
  },
};

export function answerRevoked(reason: string): Answer {
  return jsonAnswer('The revocation.', REVOKED_CERTIFICATE, {
    serial: SERIAL_EXAMPLE,
    authority: 'default',
    revokedAt: '2026-12-01T08:00:00Z',
    reason,
    invalidityDate: null,
  });
}
