import { strictObject } from 'valibot';
import type { Call } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { RevokedCertificateAnswer } from './answers.ts';
import { formatDateTime } from './date-time.ts';
import { TEXT } from './field-schemas.ts';
import { readJson } from './read-json.ts';

const PATH = '/api/v1/revocations/key-proof';
const MAX_PROOF_BYTES = 32 * 1024;

export const KEY_PROOF_REQUEST = strictObject({ protected: TEXT, payload: TEXT, signature: TEXT });

/** POST /api/v1/revocations/key-proof: a JWS by the certificate's own key, from anyone. */
export async function revokeByKey(call: Call): Promise<Response> {
  const jws = readJson(KEY_PROOF_REQUEST, await readBody(call.request, MAX_PROOF_BYTES));
  const { services, url, context } = call;
  const { certificate, reason, revokedAtSeconds } = await services.revokeByKey({
    jws,
    urls: [`${services.config.publicUrl}${PATH}`, `${url.origin}${PATH}`],
    request: context,
  });
  const { authorityId, serialHex } = certificate;
  call.note(`revoked ${serialHex} at the request of its key`);
  const answer: RevokedCertificateAnswer = {
    serial: serialHex,
    authority: authorityId,
    revokedAt: formatDateTime(revokedAtSeconds),
    reason,
    invalidityDate: null,
  };
  return Response.json(answer);
}
