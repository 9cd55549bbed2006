import { exactOptional, strictObject } from 'valibot';
import { parseRevocationReason, REVOCATION_REASONS } from '../../../revocation/reasons.ts';
import { askedBy, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, jsonBody, jsonForm } from '../../endpoint.ts';
import { formatDateTime, formatDateTimeOrNull } from '../common/date-time.ts';
import { DATE_TIME, TEXT } from '../common/field-schemas.ts';
import { readOptionalJsonBody } from '../common/read-json.ts';
import {
  AUTHORITY_QUERY,
  answerRevoked,
  RELEASED_CERTIFICATE,
  type ReleasedCertificateAnswer,
  type RevokedCertificateAnswer,
  SERIAL_EXAMPLE,
  SERIAL_PARAMS,
} from './answers.ts';
import { findNamedCertificate } from './find-certificate.ts';

const REVOCATION_REQUEST = strictObject({
  reason: exactOptional(TEXT, 'unspecified'),
  invalidityDate: exactOptional(DATE_TIME),
});

const revokeCertificate = defineEndpoint({
  id: 'revokeCertificate',
  method: 'POST',
  path: '/api/v1/certificates/:serial/revoke',
  caller: 'certificates:Revoke',
  tag: 'Certificates',
  summary: 'Revoke a certificate',
  description:
    'A revocation is final, except for `certificateHold`, which can be released or changed into another reason. Every CRL and OCSP response made afterwards has it. A key revoked for `keyCompromise` is never certified again.',
  params: SERIAL_PARAMS,
  query: AUTHORITY_QUERY,
  request: {
    ...jsonBody(
      jsonForm(
        'The reason',
        REVOCATION_REQUEST,
        {
          reason: {
            description: 'RFC 5280 section 5.3.1.',
            enum: Object.keys(REVOCATION_REASONS),
          },
          invalidityDate: 'When the key became or may have become unsafe; not in the future.',
        },
        { reason: 'superseded' },
      ),
    ),
    optional: true,
  },
  answers: { 200: answerRevoked('superseded') },
  errors: ['invalid-parameter', 'certificate-not-found', 'ambiguous-serial', 'already-revoked'],
  handle: async (c) => {
    const fields = await readOptionalJsonBody(c, REVOCATION_REQUEST);
    const reason = parseRevocationReason(fields.reason);
    const invalidityDateSeconds = fields.invalidityDate ?? null;
    const { authorityId, serialHex } = await findNamedCertificate(c);
    const { revokedAtSeconds } = await c.get('services').revokeCertificate({
      authorityId,
      serialHex,
      reason,
      invalidityDateSeconds,
      ...askedBy(c),
    });
    note(c, `revoked ${serialHex}`);
    const answer: RevokedCertificateAnswer = {
      serial: serialHex,
      authority: authorityId,
      revokedAt: formatDateTime(revokedAtSeconds),
      reason,
      invalidityDate: formatDateTimeOrNull(invalidityDateSeconds),
    };
    return c.json(answer);
  },
});

const releaseCertificate = defineEndpoint({
  id: 'releaseCertificate',
  method: 'POST',
  path: '/api/v1/certificates/:serial/release',
  caller: 'certificates:Revoke',
  tag: 'Certificates',
  summary: 'Release a certificate from hold',
  description:
    'The certificate is valid again. CRLs and OCSP responses made afterwards do not have the revocation, and delta CRLs say that it was removed. Only a certificate revoked with the reason `certificateHold` can be released. It cannot be released if its subject may have only one valid certificate and has got another one.',
  params: SERIAL_PARAMS,
  query: AUTHORITY_QUERY,
  answers: {
    200: jsonAnswer('The release.', RELEASED_CERTIFICATE, {
      serial: SERIAL_EXAMPLE,
      authority: 'default',
      releasedAt: '2026-12-01T08:00:00Z',
    }),
  },
  errors: [
    'invalid-parameter',
    'certificate-not-found',
    'ambiguous-serial',
    'not-on-hold',
    'subject-already-certified',
  ],
  handle: async (c) => {
    const certificate = await findNamedCertificate(c);
    const { authorityId, serialHex } = certificate;
    const { releasedAtSeconds } = await c
      .get('services')
      .releaseCertificate({ certificate, ...askedBy(c) });
    note(c, `released ${serialHex}`);
    const answer: ReleasedCertificateAnswer = {
      serial: serialHex,
      authority: authorityId,
      releasedAt: formatDateTime(releasedAtSeconds),
    };
    return c.json(answer);
  },
});

export const REVOCATION_ENDPOINTS: readonly Endpoint[] = [revokeCertificate, releaseCertificate];
