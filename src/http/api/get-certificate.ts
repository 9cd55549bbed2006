import { encodePem } from '../../asn1/pem.ts';
import { SignetError } from '../../errors.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { PEM_CHAIN, prefersJson } from './accept.ts';
import type { CertificateAnswer } from './answers.ts';
import { formatDateTime, formatDateTimeMs, formatDateTimeOrNull } from './date-time.ts';
import { findNamedCertificate } from './find-certificate.ts';
import { nameReason } from './name-reason.ts';

/** GET /api/v1/certificates/{serial}: the certificate and its chain in PEM, or all that is recorded in JSON. */
export async function getCertificate(call: AuthorizedCall): Promise<Response> {
  const recorded = await findNamedCertificate(call);
  call.note(`found ${recorded.serialHex}`);
  const authority = await call.services.openAuthority(recorded.authorityId);
  // Without the root, which whoever verifies has to have already.
  const chain = [authority.certificateDer, ...authority.chainDer]
    .slice(0, -1)
    .map((der) => encodePem('CERTIFICATE', der));
  const certificate =
    recorded.certificateDer === null ? null : encodePem('CERTIFICATE', recorded.certificateDer);
  const headers = { Vary: 'Accept' };
  if (prefersJson(call.request)) {
    const answer: CertificateAnswer = { ...describe(recorded), certificate, chain };
    return Response.json(answer, { headers });
  }
  if (certificate === null) {
    throw new SignetError(
      'certificate-not-found',
      'Only the entry of this certificate is kept, not the certificate: ask with Accept: application/json.',
      { field: 'serial' },
    );
  }
  return new Response([certificate, ...chain].join(''), {
    headers: { ...headers, 'Content-Type': PEM_CHAIN },
  });
}

function describe(recorded: RecordedCertificate): Omit<CertificateAnswer, 'certificate' | 'chain'> {
  const { revocation } = recorded;
  return {
    serial: recorded.serialHex,
    authority: recorded.authorityId,
    subject: recorded.subject,
    profile: recorded.profile,
    origin: recorded.origin,
    account: recorded.accountId,
    notBefore: formatDateTime(recorded.notBeforeSeconds),
    notAfter: formatDateTime(recorded.notAfterSeconds),
    issuedAt: formatDateTimeMs(recorded.issuedAtMs),
    revocation:
      revocation === null
        ? null
        : {
            revokedAt: formatDateTime(revocation.revokedAtSeconds),
            reason: nameReason(revocation.reason),
            invalidityDate: formatDateTimeOrNull(revocation.invalidityDateSeconds),
          },
  };
}
