import { encodePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import type { RecordedCertificate } from '../../../issuance/store.ts';
import { parseCertificate } from '../../../x509/certificate/certificate.ts';
import { describeCertificate } from '../../../x509/description/describe-certificate.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, examplePem } from '../../endpoint.ts';
import { formatDateTime, formatDateTimeMs, formatDateTimeOrNull } from '../common/date-time.ts';
import { chooseMediaType } from '../common/media-type.ts';
import {
  AUTHORITY_QUERY,
  CERTIFICATE,
  type CertificateAnswer,
  SERIAL_EXAMPLE,
  SERIAL_PARAMS,
} from './answers.ts';
import { CERTIFICATE_FORM_CONTENT, CERTIFICATE_FORMS, sendForm } from './certificate-forms.ts';
import { DECODED_EXAMPLE } from './decoded-answer.ts';
import { findNamedCertificate } from './find-certificate.ts';
import { nameReason } from './name-reason.ts';
import { encodeChain, JSON_TYPE } from './pem-or-json.ts';

const getCertificate = defineEndpoint({
  id: 'getCertificate',
  method: 'GET',
  path: '/api/v1/certificates/:serial',
  caller: 'certificates:Read',
  tag: 'Certificates',
  summary: 'Read a certificate',
  description:
    'Returns the form that `Accept` prefers: PEM with the chain (the default) or without, DER, PKCS#7, text for people, or everything on record and in the certificate as JSON. The account `root` sees the certificates of all accounts. Any other account sees its own.',
  params: SERIAL_PARAMS,
  query: AUTHORITY_QUERY,
  answers: {
    200: {
      description: 'The certificate.',
      content: {
        ...CERTIFICATE_FORM_CONTENT,
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
            decoded: DECODED_EXAMPLE,
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
    const issuersDer = [authority.certificateDer, ...authority.chainDer];
    const { certificateDer } = recorded;
    const form = chooseMediaType(c.req.raw, [...CERTIFICATE_FORMS, JSON_TYPE]);
    if (form === JSON_TYPE) {
      const answer: CertificateAnswer = {
        ...describe(recorded),
        ...(await decode(certificateDer)),
        chain: encodeChain(issuersDer),
      };
      return c.json(answer, 200, { Vary: 'Accept' });
    }
    if (certificateDer === null) {
      throw new SignetError(
        'certificate-not-found',
        'Only the entry of this certificate is on record, not the certificate. Ask with Accept: application/json.',
        { field: 'serial' },
      );
    }
    return sendForm(c, form, certificateDer, issuersDer.slice(0, -1));
  },
});

async function decode(
  certificateDer: Uint8Array | null,
): Promise<Pick<CertificateAnswer, 'certificate' | 'decoded'>> {
  if (certificateDer === null) return { certificate: null, decoded: null };
  return {
    certificate: encodePem('CERTIFICATE', certificateDer),
    decoded: await describeCertificate(parseCertificate(certificateDer)),
  };
}

function describe(
  recorded: RecordedCertificate,
): Omit<CertificateAnswer, 'certificate' | 'chain' | 'decoded'> {
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
