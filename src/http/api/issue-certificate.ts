import { exactOptional, strictObject } from 'valibot';
import { encodePem } from '../../asn1/pem.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { decodeCsr } from '../../x509/certificate/csr.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { IssueResult } from '../services.ts';
import { PEM_CHAIN, prefersJson } from './accept.ts';
import type { IssuedCertificateAnswer } from './answers.ts';
import { formatDateTime } from './date-time.ts';
import { TEXT } from './field-schemas.ts';
import { readJson } from './read-json.ts';
import { looksLikeJson } from './read-json-body.ts';

const DEFAULT_PROFILE = 'tls-server-client';

export const ISSUE_REQUEST = strictObject({
  csr: TEXT,
  profile: exactOptional(TEXT, DEFAULT_PROFILE),
  authority: exactOptional(TEXT),
});

/**
 * POST /api/v1/certificates: a CSR as PEM, DER or in a JSON object, told apart by content; answers
 * the certificate, then its chain without the root.
 */
export async function issueCertificate(call: AuthorizedCall): Promise<Response> {
  const { csrDer, profile, authority } = readIssueRequest(await readBody(call.request));
  const authorityId = chooseAuthority(authority, call.url.searchParams.get('authority'));
  const issued = await call.services.issueCertificate({
    authority: await call.services.openCurrentAuthority(authorityId),
    csrDer,
    profile,
    principal: call.principal,
    origin: 'api',
    uniqueSubject: false,
    request: call.context,
  });
  call.note(`issued ${issued.serialHex}`);
  const location = `/api/v1/certificates/${issued.serialHex}?authority=${issued.authorityId}`;
  return prefersJson(call.request) ? asJson(issued, location) : asPem(issued, location);
}

function readIssueRequest(body: Uint8Array): {
  readonly csrDer: Uint8Array;
  readonly profile: string;
  readonly authority: string | null;
} {
  if (body.length === 0) {
    throw new SignetError(
      'missing-parameter',
      'The body is empty: send a PKCS#10 certificate request as PEM, DER or {"csr": "…"}.',
      { field: 'csr' },
    );
  }
  if (!looksLikeJson(body)) {
    return { csrDer: decodeCsr(body), profile: DEFAULT_PROFILE, authority: null };
  }
  const { csr, profile, authority } = readJson(ISSUE_REQUEST, body);
  return { csrDer: decodeCsr(csr), profile, authority: authority ?? null };
}

/** The authority of the JSON field or of `?authority=`; the default one where neither is there. */
function chooseAuthority(field: string | null, parameter: string | null): string {
  if (field === null || parameter === null || field === parameter) {
    return field ?? parameter ?? DEFAULT_AUTHORITY_ID;
  }
  throw new SignetError(
    'invalid-parameter',
    "'authority' stands in the body and in the address with different values: give it once.",
    { field: 'authority' },
  );
}

function asJson(issued: IssueResult, location: string): Response {
  const answer: IssuedCertificateAnswer = {
    serial: issued.serialHex,
    authority: issued.authorityId,
    notAfter: formatDateTime(issued.notAfterSeconds),
    certificate: encodePem('CERTIFICATE', issued.certificateDer),
    chain: encodeChain(issued.chainDer),
  };
  return Response.json(answer, { status: 201, headers: { Location: location } });
}

function asPem(issued: IssueResult, location: string): Response {
  const pem = [encodePem('CERTIFICATE', issued.certificateDer), ...encodeChain(issued.chainDer)];
  return new Response(pem.join(''), {
    status: 201,
    headers: { 'Content-Type': PEM_CHAIN, Location: location },
  });
}

/** Without the root, which whoever verifies has to have already. */
function encodeChain(chainDer: readonly Uint8Array[]): string[] {
  return chainDer.slice(0, -1).map((der) => encodePem('CERTIFICATE', der));
}
