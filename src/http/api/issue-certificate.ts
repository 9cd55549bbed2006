import { exactOptional, strictObject } from 'valibot';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { decodeCsr } from '../../x509/csr.ts';
import { encodePem } from '../../x509/pem.ts';
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
});

/**
 * POST /api/v1/certificates: a CSR as PEM, DER or in a JSON object, told apart by content; answers
 * the certificate, then its chain without the root.
 */
export async function issueCertificate(call: AuthorizedCall): Promise<Response> {
  const { csrDer, profile } = readIssueRequest(await readBody(call.request));
  const issued = await call.services.issueCertificate({
    authority: await call.services.openAuthority(DEFAULT_AUTHORITY_ID),
    csrDer,
    profile,
    principal: call.principal,
    origin: 'api',
    uniqueSubject: false,
    request: call.context,
  });
  call.note(`issued ${issued.serialHex}`);
  const location = `/api/v1/certificates/${issued.serialHex}?authority=${DEFAULT_AUTHORITY_ID}`;
  return prefersJson(call.request) ? asJson(issued, location) : asPem(issued, location);
}

function readIssueRequest(body: Uint8Array): {
  readonly csrDer: Uint8Array;
  readonly profile: string;
} {
  if (body.length === 0) {
    throw new SignetError(
      'missing-parameter',
      'The body is empty: send a PKCS#10 certificate request as PEM, DER or {"csr": "…"}.',
      { field: 'csr' },
    );
  }
  if (!looksLikeJson(body)) return { csrDer: decodeCsr(body), profile: DEFAULT_PROFILE };
  const { csr, profile } = readJson(ISSUE_REQUEST, body);
  return { csrDer: decodeCsr(csr), profile };
}

function asJson(issued: IssueResult, location: string): Response {
  const answer: IssuedCertificateAnswer = {
    serial: issued.serialHex,
    authority: DEFAULT_AUTHORITY_ID,
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
