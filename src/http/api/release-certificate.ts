import type { AuthorizedCall } from '../call.ts';
import type { ReleasedCertificateAnswer } from './answers.ts';
import { formatDateTime } from './date-time.ts';
import { findNamedCertificate } from './find-certificate.ts';

/** POST /api/v1/certificates/{serial}/release: what is on hold is valid again. */
export async function releaseCertificate(call: AuthorizedCall): Promise<Response> {
  const certificate = await findNamedCertificate(call);
  const { authorityId, serialHex } = certificate;
  const { releasedAtSeconds } = await call.services.releaseCertificate({
    certificate,
    principal: call.principal,
    request: call.context,
  });
  call.note(`released ${serialHex}`);
  const answer: ReleasedCertificateAnswer = {
    serial: serialHex,
    authority: authorityId,
    releasedAt: formatDateTime(releasedAtSeconds),
  };
  return Response.json(answer);
}
