import { strictObject } from 'valibot';
import { KEY_PROOF_REASONS } from '../../../revocation/revoke-by-key.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonBody, jsonForm } from '../../endpoint.ts';
import type { HttpConfig } from '../../services.ts';
import { formatDateTime } from '../common/date-time.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import { answerRevoked, type RevokedCertificateAnswer } from './answers.ts';

const PATH = '/api/v1/revocations/key-proof';

export const KEY_PROOF_REQUEST = strictObject({ protected: TEXT, payload: TEXT, signature: TEXT });

const revokeByKey = defineEndpoint({
  id: 'revokeByKey',
  method: 'POST',
  path: PATH,
  caller: 'anyone',
  maxBodyBytes: 32 * 1024,
  tag: 'Certificates',
  summary: 'Revoke a certificate by its private key',
  description: `No access key is needed. The body is a JWS (RFC 7515, flattened) signed by the certificate's own key, as in RFC 8555 section 7.6. Its protected header has \`alg\` (ES256, ES384, ES512, RS256 to RS512, PS256 to PS512 or EdDSA, according to the key), \`url\` (\`PUBLIC_URL\`, or \`PUBLICATION_URL\` by http or https, with the path of this request) and optionally \`jwk\` (the certificate's key). Its payload is \`{"certificate": "base64url of the DER", "reason": "…"}\`. \`reason\` is one of ${KEY_PROOF_REASONS.join(', ')}. Default: keyCompromise, which blocks the key for ever.`,
  request: jsonBody(
    jsonForm(
      'JWS',
      KEY_PROOF_REQUEST,
      {
        protected: 'The protected header: base64url of its JSON, without padding.',
        payload: 'The payload: base64url of its JSON, without padding.',
        signature: 'base64url without padding. For EC keys, r followed by s.',
      },
      {
        protected: 'eyJhbGciOiJFUzI1NiIsInVybCI6Ii4uLiJ9',
        payload: 'eyJjZXJ0aWZpY2F0ZSI6Ii4uLiJ9',
        signature: 'c2lnbmF0dXJl',
      },
    ),
  ),
  answers: { 200: answerRevoked('keyCompromise') },
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'malformed-certificate',
    'unsupported-algorithm',
    'invalid-signature',
    'certificate-not-found',
    'already-revoked',
  ],
  handle: async (c) => {
    const jws = await readJsonBody(c, KEY_PROOF_REQUEST);
    const services = c.get('services');
    const { certificate, reason, revokedAtSeconds } = await services.revokeByKey({
      jws,
      urls: listUrls(services.config),
      request: c.get('requestContext'),
    });
    const { authorityId, serialHex } = certificate;
    note(c, `revoked ${serialHex} by proof of its key`);
    const answer: RevokedCertificateAnswer = {
      serial: serialHex,
      authority: authorityId,
      revokedAt: formatDateTime(revokedAtSeconds),
      reason,
      invalidityDate: null,
    };
    return c.json(answer);
  },
});

/**
 * Returns the addresses of this endpoint from the configuration. The Host of the request is not one: a
 * client can send any, and so could a server that collects proofs made for itself.
 */
function listUrls({ publicUrl, publicationUrl }: HttpConfig): string[] {
  const published = new URL(publicationUrl);
  return [publicUrl, `http://${published.host}`, `https://${published.host}`].map(
    (origin) => `${origin}${PATH}`,
  );
}

export const KEY_PROOF_ENDPOINTS: readonly Endpoint[] = [revokeByKey];
