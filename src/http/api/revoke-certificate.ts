import { parseRevocationReason } from '../../revocation/reasons.ts';
import type { AuthorizedCall } from '../call.ts';
import { readOptionalText, refuseUnknownFields } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import { forgetPublishedCrl } from '../publications.ts';
import { formatDateTime, parseDateTime } from './date-time.ts';
import { findNamedCertificate } from './find-certificate.ts';
import { decodeOptionalJsonObject } from './read-json-body.ts';

/** POST /api/v1/certificates/{serial}/revoke: `reason` and `invalidityDate` in JSON, both optional. */
export async function revokeCertificate(call: AuthorizedCall): Promise<Response> {
  const request = decodeOptionalJsonObject(await readBody(call.request));
  refuseUnknownFields(request, ['reason', 'invalidityDate']);
  const reason = parseRevocationReason(readOptionalText(request, 'reason') ?? 'unspecified');
  const date = readOptionalText(request, 'invalidityDate');
  const invalidityDateSeconds = date === null ? null : parseDateTime(date, 'invalidityDate');
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
  await forgetPublishedCrl(call, authorityId);
  return Response.json({
    serial: serialHex,
    authority: authorityId,
    revokedAt: formatDateTime(revokedAtSeconds),
    reason,
    invalidityDate: invalidityDateSeconds === null ? null : formatDateTime(invalidityDateSeconds),
  });
}
