import { exactOptional, type InferOutput, integer, number, pipe, strictObject } from 'valibot';
import { DEFAULT_AUTHORITY_ID } from '../../../authorities/default-authority.ts';
import { SignetError, type SignetErrorCode } from '../../../errors.ts';
import type { LeafRequest } from '../../../issuance/draft-leaf.ts';
import type { StatedEnd } from '../../../issuance/stated-end.ts';
import { decodeCsr } from '../../../x509/certificate/csr.ts';
import type { AuthorizedContext } from '../../context.ts';
import { examplePem, jsonForm, type Parameter, type RequestBody } from '../../endpoint.ts';
import { readRequestBody } from '../../middleware/read-body.ts';
import { DATE_TIME, TEXT } from '../common/field-schemas.ts';
import { readJson } from '../common/read-json.ts';
import { NAME_NOTES, NAME_SCHEMAS, readStatedNames } from '../common/stated-names.ts';
import { looksLikeJson } from './pem-or-json.ts';

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

export const ISSUE_QUERY: Readonly<Record<string, Parameter>> = {
  authority: {
    description: 'Id of the authority that issues, as in JSON. Default: `default`.',
    type: 'string',
  },
};

export const ISSUE_BODY: RequestBody = {
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
};

export const ISSUE_ERRORS: readonly SignetErrorCode[] = [
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
];

/** Reads the request for a certificate. @throws SignetError */
export async function readLeafRequest(c: AuthorizedContext): Promise<LeafRequest> {
  const { csrDer, profile, authority, stated } = readIssueRequest(await readRequestBody(c));
  return {
    authorityId: chooseAuthority(authority, readAuthorityParameter(c.get('url'))),
    csrDer,
    profile,
    allowConfiguredProfile: false,
    ...(stated === undefined ? {} : { stated }),
    principal: c.get('principal'),
    origin: 'api',
    uniqueSubject: false,
    request: c.get('requestContext'),
  };
}

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

/** Parses the query only if there is one: that takes longer than the rest of the URL. */
function readAuthorityParameter(url: URL): string | null {
  return url.search === '' ? null : url.searchParams.get('authority');
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
