import { exactOptional, strictObject } from 'valibot';
import { parseRevocationReason } from '../../revocation/reasons.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { RevokedCertificateAnswer } from './answers.ts';
import { formatDateTime, formatDateTimeOrNull } from './date-time.ts';
import { DATE_TIME, TEXT } from './field-schemas.ts';
import { findNamedCertificate } from './find-certificate.ts';
import { readFields } from './read-json.ts';
import { decodeOptionalJsonObject } from './read-json-body.ts';

export const REVOCATION_REQUEST = strictObject({
  reason: exactOptional(TEXT, 'unspecified'),
  invalidityDate: exactOptional(DATE_TIME),
});

/** POST /api/v1/certificates/{serial}/revoke: `reason` and `invalidityDate` in JSON, both optional. */
export async function revokeCertificate(call: AuthorizedCall): Promise<Response> {
  const request = decodeOptionalJsonObject(await readBody(call.request));
  const fields = readFields(REVOCATION_REQUEST, request);
  const reason = parseRevocationReason(fields.reason);
  const invalidityDateSeconds = fields.invalidityDate ?? null;
  const { authorityId, serialHex } = await findNamedCertificate(call);
  const { revokedAtSeconds } = await call.services.revokeCertificate({
    authorityId,
    serialHex,
    reason,
    invalidityDateSeconds,
    principal: call.principal,
    request: call.context,
  });
  call.note(`revoked ${serialHex}`);
  const answer: RevokedCertificateAnswer = {
    serial: serialHex,
    authority: authorityId,
    revokedAt: formatDateTime(revokedAtSeconds),
    reason,
    invalidityDate: formatDateTimeOrNull(invalidityDateSeconds),
  };
  return Response.json(answer);
}
