import { encodePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import type { RecordedCertificate } from '../../../issuance/store.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, examplePem } from '../../endpoint.ts';
import { formatDateTime, formatDateTimeMs, formatDateTimeOrNull } from '../common/date-time.ts';
import {
  AUTHORITY_QUERY,
  CERTIFICATE,
  type CertificateAnswer,
  PEM_CONTENT,
  SERIAL_EXAMPLE,
  SERIAL_PARAMS,
} from './answers.ts';
import { findNamedCertificate } from './find-certificate.ts';
import { nameReason } from './name-reason.ts';
import { encodeChain, PEM_CHAIN, prefersJson } from './pem-or-json.ts';

const getCertificate = defineEndpoint({
  id: 'getCertificate',
  method: 'GET',
  path: '/api/v1/certificates/:serial',
  caller: 'certificates:Read',
  tag: 'Certificates',
  summary: 'Read a certificate',
  description:
    'Returns PEM, or everything on record as JSON if `Accept` prefers it. The account `root` sees the certificates of all accounts. Any other account sees its own.',
  params: SERIAL_PARAMS,
  query: AUTHORITY_QUERY,
  answers: {
    200: {
      description: 'The certificate.',
      content: {
        ...PEM_CONTENT,
        'application/json': {
          schema: CERTIFICATE,
          example: {
            serial: SERIAL_EXAMPLE,
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
  handle: async (c) => {
    const recorded = await findNamedCertificate(c);
    note(c, `found ${recorded.serialHex}`);
    const authority = await c.get('services').openAuthority(recorded.authorityId);
    const chain = encodeChain([authority.certificateDer, ...authority.chainDer]);
    const certificate =
      recorded.certificateDer === null ? null : encodePem('CERTIFICATE', recorded.certificateDer);
    const headers = { Vary: 'Accept' };
    if (prefersJson(c.req.raw)) {
      const answer: CertificateAnswer = { ...describe(recorded), certificate, chain };
      return c.json(answer, 200, headers);
    }
    if (certificate === null) {
      throw new SignetError(
        'certificate-not-found',
        'Only the entry of this certificate is on record, not the certificate. Ask with Accept: application/json.',
        { field: 'serial' },
      );
    }
    const pem = [certificate, ...chain].join('');
    return c.body(pem, 200, { ...headers, 'Content-Type': PEM_CHAIN });
  },
});

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

export const READ_CERTIFICATE_ENDPOINTS: readonly Endpoint[] = [getCertificate];
