import { exactOptional, type InferOutput, integer, number, pipe, strictObject } from 'valibot';
import { encodePem } from '../../../asn1/pem.ts';
import { DEFAULT_AUTHORITY_ID } from '../../../authorities/default-authority.ts';
import { SignetError } from '../../../errors.ts';
import type { LeafRequest } from '../../../issuance/draft-leaf.ts';
import type { StatedEnd } from '../../../issuance/stated-end.ts';
import { decodeCsr } from '../../../x509/certificate/csr.ts';
import { note } from '../../context.ts';
import {
  CREATED_HEADERS,
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonForm,
} from '../../endpoint.ts';
import { readRequestBody } from '../../middleware/read-body.ts';
import { formatDateTime } from '../common/date-time.ts';
import { DATE_TIME, TEXT } from '../common/field-schemas.ts';
import { readJson } from '../common/read-json.ts';
import { NAME_NOTES, NAME_SCHEMAS, readStatedNames } from '../common/stated-names.ts';
import { ISSUED_CERTIFICATE, type IssuedCertificateAnswer, SERIAL_EXAMPLE } from './answers.ts';
import { CERTIFICATE_FORM_CONTENT } from './certificate-forms.ts';
import { encodeChain, looksLikeJson, PEM_CHAIN, prefersJson } from './pem-or-json.ts';

const DEFAULT_PROFILE = 'tls-server-client';

const ISSUE_REQUEST = strictObject({
  csr: TEXT,
  profile: exactOptional(TEXT, DEFAULT_PROFILE),
  authority: exactOptional(TEXT),
  ...NAME_SCHEMAS,
  validitySeconds: exactOptional(
    pipe(number('a whole number of seconds'), integer('a whole number of seconds')),
  ),
  notAfter: exactOptional(DATE_TIME),
});

const REQUEST_NOTES = {
  csr: 'The CSR in PEM.',
  profile: 'Name of a profile, which sets the key usages and the validity.',
  authority: 'Id of the authority that issues. Default: `default`.',
  ...NAME_NOTES,
  validitySeconds:
    'The validity from now on, at least 60. Default: the longest that the profile and the authority permit.',
  notAfter: 'The end of the validity, instead of `validitySeconds`.',
};

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
  query: {
    authority: {
      description: 'Id of the authority that issues, as in JSON. Default: `default`.',
      type: 'string',
    },
  },
  request: {
    content: {
      'application/json': {
        forms: [
          jsonForm('A CSR and a profile', ISSUE_REQUEST, REQUEST_NOTES, {
            csr: examplePem('CERTIFICATE REQUEST'),
            profile: 'tls-server',
          }),
          jsonForm(
            'A CSR for its key, with names and validity beside it',
            ISSUE_REQUEST,
            REQUEST_NOTES,
            {
              csr: examplePem('CERTIFICATE REQUEST'),
              profile: 'tls-server',
              subject: 'CN=www.example.com',
              names: { dns: ['www.example.com'], ip: ['192.0.2.5'] },
              validitySeconds: 86_400,
            },
          ),
        ],
      },
      'application/x-pem-file': {
        forms: [
          {
            summary: 'PEM',
            schema: { type: 'string', description: 'A PKCS#10 CSR.' },
            example: examplePem('CERTIFICATE REQUEST'),
          },
        ],
      },
      'application/pkcs10': {
        forms: [
          {
            summary: 'DER',
            schema: { description: 'A PKCS#10 CSR.', contentMediaType: 'application/pkcs10' },
          },
        ],
      },
    },
  },
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
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'unknown-profile',
    'malformed-csr',
    'csr-signature-invalid',
    'unsupported-algorithm',
    'weak-key',
    'key-compromised',
    'invalid-subject',
    'invalid-subject-alt-name',
    'constraint-violated',
    'policy-violated',
    'authority-not-found',
    'authority-unavailable',
  ],
  handle: async (c) => {
    const { csrDer, profile, authority, stated } = readIssueRequest(await readRequestBody(c));
    const issued = await c.get('services').issueCertificate({
      authorityId: chooseAuthority(authority, c.get('url').searchParams.get('authority')),
      csrDer,
      profile,
      allowConfiguredProfile: false,
      ...(stated === undefined ? {} : { stated }),
      principal: c.get('principal'),
      origin: 'api',
      uniqueSubject: false,
      request: c.get('requestContext'),
    });
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

interface IssueRequest extends Pick<LeafRequest, 'csrDer' | 'profile' | 'stated'> {
  readonly authority: string | null;
}

function readIssueRequest(body: Uint8Array): IssueRequest {
  if (body.length === 0) {
    throw new SignetError(
      'missing-parameter',
      'The body is empty. Send a PKCS#10 CSR as PEM, DER or {"csr": "…"}.',
      { field: 'csr' },
    );
  }
  if (!looksLikeJson(body)) {
    return { csrDer: decodeCsr(body), profile: DEFAULT_PROFILE, authority: null };
  }
  const fields = readJson(ISSUE_REQUEST, body);
  const { csr, profile, authority } = fields;
  return {
    csrDer: decodeCsr(csr),
    profile,
    authority: authority ?? null,
    stated: { ...readStatedNames(fields), end: readEnd(fields) },
  };
}

function readEnd({
  validitySeconds,
  notAfter,
}: Pick<InferOutput<typeof ISSUE_REQUEST>, 'validitySeconds' | 'notAfter'>): StatedEnd | null {
  if (notAfter === undefined) {
    return validitySeconds === undefined
      ? null
      : { field: 'validitySeconds', seconds: validitySeconds };
  }
  if (validitySeconds === undefined) return { field: 'notAfter', seconds: notAfter };
  throw new SignetError(
    'invalid-parameter',
    "'validitySeconds' and 'notAfter' both state the end. Send one of them.",
    { field: 'validitySeconds' },
  );
}

/** The authority of the JSON field or of `?authority=`. Default: the default authority. */
function chooseAuthority(field: string | null, parameter: string | null): string {
  if (field === null || parameter === null || field === parameter) {
    return field ?? parameter ?? DEFAULT_AUTHORITY_ID;
  }
  throw new SignetError(
    'invalid-parameter',
    "'authority' has different values in the body and in the query. Send it once.",
    { field: 'authority' },
  );
}

export const ISSUE_ENDPOINTS: readonly Endpoint[] = [issueCertificate];
