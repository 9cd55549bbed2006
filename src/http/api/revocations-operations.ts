import { FINAL_REASONS } from '../../revocation/reasons.ts';
import { KEY_PROOF_REASONS } from '../../revocation/revoke-by-key.ts';
import { examplePem, jsonAnswer, jsonBody, jsonForm } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { REVOKED_CERTIFICATE, REVOKED_MANY } from './answers.ts';
import { KEY_PROOF_REQUEST, revokeByKey } from './revoke-by-key.ts';
import { MANY_REVOCATIONS_REQUEST, revokeMany } from './revoke-many.ts';

export const REVOCATION_OPERATIONS: readonly Operation[] = [
  {
    handle: revokeMany,
    tag: 'Certificates',
    summary: 'Revoke everything of one key or account',
    description:
      'Up to 1000 certificates with each call, all or none of them: those that are neither expired nor revoked. Repeat it, with `next` of the answer as `after`, until `remaining` is false. Other accounts than `root` revoke their own certificates alone, and all of an account is for `root`. With `keyCompromise` the keys are blocked, by the first call. Certificates of the authorities here stay: revoke the authority.',
    request: jsonBody(
      jsonForm(
        'One of publicKey, serial and account',
        MANY_REVOCATIONS_REQUEST,
        {
          publicKey: 'PEM: all certificates of this key.',
          serial: 'Serial number of a certificate: all of the same key.',
          account: 'Id of an account: all that it owns.',
          authority: 'Id of an authority: of this one alone.',
          reason: {
            description: 'RFC 5280 section 5.3.1.',
            enum: FINAL_REASONS,
            default: 'unspecified',
          },
          after: 'The `next` of the call before; opaque.',
        },
        { publicKey: examplePem('PUBLIC KEY'), reason: 'keyCompromise' },
      ),
    ),
    answers: {
      200: jsonAnswer('What was done.', REVOKED_MANY, {
        revoked: 3,
        remaining: false,
        next: null,
      }),
    },
    errors: [
      'missing-parameter',
      'invalid-parameter',
      'unsupported-algorithm',
      'certificate-not-found',
      'ambiguous-serial',
      'account-not-found',
    ],
  },
  {
    handle: revokeByKey,
    tag: 'Certificates',
    summary: 'Revoke a certificate by its private key',
    description: `No access key is needed: the body is a JWS (RFC 7515, flattened) that the certificate's own key signed, as in RFC 8555 section 7.6. Its protected header has \`alg\` (ES256, ES384, ES512, RS256 to RS512, PS256 to PS512, EdDSA, as it belongs to the key), \`url\` (the address of this call) and, if you like, \`jwk\` (the certificate's key). Its payload is \`{"certificate": "base64url of the DER", "reason": "…"}\`; \`reason\` may be ${KEY_PROOF_REASONS.join(', ')}, and is keyCompromise where it is left out, which blocks the key for ever.`,
    request: jsonBody(
      jsonForm(
        'JWS',
        KEY_PROOF_REQUEST,
        {
          protected: 'The header: base64url of its JSON, without padding.',
          payload: 'The payload: base64url of its JSON, without padding.',
          signature: 'base64url; for EC keys r and s one behind the other.',
        },
        {
          protected: 'eyJhbGciOiJFUzI1NiIsInVybCI6Ii4uLiJ9',
          payload: 'eyJjZXJ0aWZpY2F0ZSI6Ii4uLiJ9',
          signature: 'c2lnbmF0dXJl',
        },
      ),
    ),
    answers: {
      200: jsonAnswer('The revocation.', REVOKED_CERTIFICATE, {
        serial: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68',
        authority: 'default',
        revokedAt: '2026-12-01T08:00:00Z',
        reason: 'keyCompromise',
        invalidityDate: null,
      }),
    },
    errors: [
      'missing-parameter',
      'invalid-parameter',
      'malformed-certificate',
      'unsupported-algorithm',
      'invalid-signature',
      'certificate-not-found',
      'already-revoked',
    ],
  },
];
