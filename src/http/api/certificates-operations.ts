import { REVOCATION_REASONS } from '../../revocation/reasons.ts';
import { examplePem, jsonAnswer, jsonForm, type Parameter, type RequestForm } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { PEM_CHAIN } from './accept.ts';
import {
  CERTIFICATE,
  ISSUED_CERTIFICATE,
  RELEASED_CERTIFICATE,
  REVOKED_CERTIFICATE,
} from './answers.ts';
import { getCertificate } from './get-certificate.ts';
import { ISSUE_REQUEST, issueCertificate } from './issue-certificate.ts';
import { releaseCertificate } from './release-certificate.ts';
import { REVOCATION_REQUEST, revokeCertificate } from './revoke-certificate.ts';

const PATH = {
  serial: 'Serial number in hexadecimal: any case, leading zeros and colons between bytes allowed.',
};

const AUTHORITY: Parameter = {
  description: 'Id of the authority, where several issued this serial number.',
  type: 'string',
  examples: ['default'],
};

const SERIAL = 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68';

const PEM_ANSWER = {
  schema: { type: 'string', description: 'The certificate, then its chain without the root.' },
  example: examplePem('CERTIFICATE'),
};

const PEM_CSR: RequestForm = {
  summary: 'PEM',
  schema: { type: 'string', description: 'A PKCS#10 certificate request.' },
  example: examplePem('CERTIFICATE REQUEST'),
};

const DER_CSR: RequestForm = {
  summary: 'DER',
  schema: { description: 'A PKCS#10 certificate request.', contentMediaType: 'application/pkcs10' },
};

export const CERTIFICATE_OPERATIONS: readonly Operation[] = [
  {
    handle: issueCertificate,
    tag: 'Certificates',
    summary: 'Issue a certificate',
    description:
      'The body is a PKCS#10 certificate request in PEM, DER or JSON: what it is is told by its content, not by its type. Its own signature must verify; it may have 16 KiB of DER and 100 subject alternative names (DNS names, IP addresses, e-mail addresses, URIs). The certificate gets what its profile says. The answer is PEM, or JSON where `Accept` prefers it.',
    query: {
      authority: {
        description: 'Id of the authority that issues, as in JSON. Default: `default`.',
        type: 'string',
      },
    },
    request: {
      content: {
        'application/json': {
          forms: [
            jsonForm(
              'A certificate request, and a profile',
              ISSUE_REQUEST,
              {
                csr: 'The certificate request in PEM.',
                profile: 'Name of a profile: what the certificate is good for, and how long.',
                authority: 'Id of the authority that issues. Default: `default`.',
              },
              { csr: examplePem('CERTIFICATE REQUEST'), profile: 'tls-server' },
            ),
          ],
        },
        'application/x-pem-file': { forms: [PEM_CSR] },
        'application/pkcs10': { forms: [DER_CSR] },
      },
    },
    answers: {
      201: {
        description: 'The certificate; recorded before it was answered.',
        headers: { Location: 'Its address.' },
        content: {
          [PEM_CHAIN]: PEM_ANSWER,
          'application/json': {
            schema: ISSUED_CERTIFICATE,
            example: {
              serial: SERIAL,
              authority: 'default',
              notAfter: '2027-11-22T04:36:45Z',
              certificate: examplePem('CERTIFICATE'),
              chain: [],
            },
          },
        },
      },
    },
    errors: [
      'missing-parameter',
      'invalid-parameter',
      'unknown-profile',
      'malformed-csr',
      'csr-signature-invalid',
      'unsupported-algorithm',
      'weak-key',
      'key-compromised',
      'invalid-subject',
      'invalid-subject-alt-name',
      'constraint-violated',
      'authority-not-found',
      'authority-unavailable',
    ],
  },
  {
    handle: getCertificate,
    tag: 'Certificates',
    summary: 'Read a certificate',
    description:
      'In PEM, or with all that is recorded in JSON where `Accept` prefers it. The account `root` sees those of all, any other its own.',
    path: PATH,
    query: { authority: AUTHORITY },
    answers: {
      200: {
        description: 'The certificate.',
        content: {
          [PEM_CHAIN]: PEM_ANSWER,
          'application/json': {
            schema: CERTIFICATE,
            example: {
              serial: SERIAL,
              authority: 'default',
              subject: 'CN=localhost',
              profile: 'tls-server',
              origin: 'api',
              account: 'root',
              notBefore: '2026-11-22T04:31:45Z',
              notAfter: '2027-11-22T04:36:45Z',
              issuedAt: '2026-11-22T04:36:45Z',
              revocation: null,
              certificate: examplePem('CERTIFICATE'),
              chain: [],
            },
          },
        },
      },
    },
    errors: ['invalid-parameter', 'certificate-not-found', 'ambiguous-serial'],
  },
  {
    handle: revokeCertificate,
    tag: 'Certificates',
    summary: 'Revoke a certificate',
    description:
      'For ever, but for `certificateHold`, which can be released or changed into another reason. Every revocation list and answer made afterwards has it. A key revoked for `keyCompromise` is never certified again.',
    path: PATH,
    query: { authority: AUTHORITY },
    request: {
      optional: true,
      content: {
        'application/json': {
          forms: [
            jsonForm(
              'Why',
              REVOCATION_REQUEST,
              {
                reason: {
                  description: 'RFC 5280 section 5.3.1.',
                  enum: Object.keys(REVOCATION_REASONS),
                },
                invalidityDate:
                  'Since when the key is known or suspected to be unsafe; not in the future.',
              },
              { reason: 'superseded' },
            ),
          ],
        },
      },
    },
    answers: {
      200: jsonAnswer('The revocation.', REVOKED_CERTIFICATE, {
        serial: SERIAL,
        authority: 'default',
        revokedAt: '2026-12-01T08:00:00Z',
        reason: 'superseded',
        invalidityDate: null,
      }),
    },
    errors: ['invalid-parameter', 'certificate-not-found', 'ambiguous-serial', 'already-revoked'],
  },
  {
    handle: releaseCertificate,
    tag: 'Certificates',
    summary: 'Take a certificate off hold',
    description:
      'It is valid again: revocation lists and answers made afterwards are without it, and delta lists say so. Only what was revoked with the reason `certificateHold` can be released. A subject that may have one valid certificate at most, and got another one meanwhile, stays with that one.',
    path: PATH,
    query: { authority: AUTHORITY },
    answers: {
      200: jsonAnswer('The release.', RELEASED_CERTIFICATE, {
        serial: SERIAL,
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
  },
];
