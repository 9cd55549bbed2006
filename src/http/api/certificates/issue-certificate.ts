import { encodePem } from '../../../asn1/pem.ts';
import { note } from '../../context.ts';
import { CREATED_HEADERS, defineEndpoint, type Endpoint, examplePem } from '../../endpoint.ts';
import { formatDateTime } from '../common/date-time.ts';
import { ISSUED_CERTIFICATE, type IssuedCertificateAnswer, SERIAL_EXAMPLE } from './answers.ts';
import { CERTIFICATE_FORM_CONTENT } from './certificate-forms.ts';
import { ISSUE_BODY, ISSUE_ERRORS, ISSUE_QUERY, readLeafRequest } from './issue-request.ts';
import { encodeChain, PEM_CHAIN, prefersJson } from './pem-or-json.ts';

const issueCertificate = defineEndpoint({
  id: 'issueCertificate',
  method: 'POST',
  path: '/api/v1/certificates',
  caller: 'certificates:Issue',
  idempotent: true,
  tag: 'Certificates',
  summary: 'Issue a certificate',
  description:
    'The body is a PKCS#10 certificate signing request (CSR) in PEM, DER or JSON. Its content decides, not its type. The signature of the CSR must verify. A CSR may have at most 16 KiB of DER and 100 subject alternative names (DNS names, IP addresses, email addresses, URIs). The profile decides what the certificate contains. In JSON, a request may ask for a shorter validity, and for another subject and other names than those of the CSR, which then only proves possession of the key. The answer is PEM, or JSON if `Accept` prefers it.',
  query: ISSUE_QUERY,
  request: ISSUE_BODY,
  answers: {
    201: {
      description: 'The certificate. It is recorded before it is returned.',
      headers: CREATED_HEADERS,
      content: {
        [PEM_CHAIN]: CERTIFICATE_FORM_CONTENT[PEM_CHAIN],
        'application/json': {
          schema: ISSUED_CERTIFICATE,
          example: {
            serial: SERIAL_EXAMPLE,
            authority: 'default',
            notAfter: '2027-11-22T04:36:45Z',
            certificate: examplePem('CERTIFICATE'),
            chain: [],
          },
        },
      },
    },
  },
  errors: ISSUE_ERRORS,
  handle: async (c) => {
    const issued = await c.get('services').issueCertificate(await readLeafRequest(c));
    note(c, `issued ${issued.serialHex}`);
    const headers = {
      Location: `/api/v1/certificates/${issued.serialHex}?authority=${issued.authorityId}`,
    };
    const certificate = encodePem('CERTIFICATE', issued.certificateDer);
    // The cross-certificate lets clients that trust either key of a re-keyed root build a path.
    const { chainDer, crossCertificateDer } = issued;
    const crossDer = crossCertificateDer === null ? [] : [crossCertificateDer];
    const chain = encodeChain([...crossDer, ...chainDer]);
    if (!prefersJson(c.req.raw)) {
      const pem = [certificate, ...chain].join('');
      return c.body(pem, 201, { ...headers, 'Content-Type': PEM_CHAIN });
    }
    const answer: IssuedCertificateAnswer = {
      serial: issued.serialHex,
      authority: issued.authorityId,
      notAfter: formatDateTime(issued.notAfterSeconds),
      certificate,
      chain,
    };
    return c.json(answer, 201, headers);
  },
});

export const ISSUE_ENDPOINTS: readonly Endpoint[] = [issueCertificate];
