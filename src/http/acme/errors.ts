import { AcmeError } from '../../acme/acme-error.ts';
import type { SignetError, SignetErrorCode } from '../../errors.ts';
import type { ErrorForm } from '../context.ts';
import { accountUrl } from './urls.ts';

/** The error types of RFC 8555 section 6.7, RFC 9773 section 7.4 and the draft of profiles. */
const TYPES: Readonly<Partial<Record<SignetErrorCode, string>>> = {
  'bad-nonce': 'badNonce',
  'bad-signature-algorithm': 'badSignatureAlgorithm',
  'bad-public-key': 'badPublicKey',
  'bad-csr': 'badCSR',
  'malformed-csr': 'badCSR',
  'csr-signature-invalid': 'badCSR',
  'weak-key': 'badCSR',
  'key-compromised': 'badCSR',
  'unsupported-algorithm': 'badCSR',
  'invalid-subject': 'badCSR',
  'invalid-subject-alt-name': 'badCSR',
  'bad-revocation-reason': 'badRevocationReason',
  'already-revoked': 'alreadyRevoked',
  'account-does-not-exist': 'accountDoesNotExist',
  'account-unauthorized': 'unauthorized',
  forbidden: 'unauthorized',
  'external-account-required': 'externalAccountRequired',
  'invalid-contact': 'invalidContact',
  'unsupported-contact': 'unsupportedContact',
  'user-action-required': 'userActionRequired',
  'unsupported-identifier': 'unsupportedIdentifier',
  'rejected-identifier': 'rejectedIdentifier',
  'constraint-violated': 'rejectedIdentifier',
  'caa-forbids': 'caa',
  'invalid-profile': 'invalidProfile',
  'order-not-ready': 'orderNotReady',
  'already-replaced': 'alreadyReplaced',
  'rate-limited': 'rateLimited',
  'policy-violated': 'unauthorized',
  'unknown-profile': 'invalidProfile',
  throttled: 'rateLimited',
};

/** Statuses that ACME wants to be other than in Signet's own API. */
const STATUSES: Readonly<Partial<Record<SignetErrorCode, number>>> = {
  'already-revoked': 400,
  'invalid-signature': 400,
};

/** Returns the error type as a URN (RFC 8555 section 6.7). */
export function nameErrorType(code: SignetErrorCode, status: number): string {
  const type = TYPES[code] ?? (status >= 500 ? 'serverInternal' : 'malformed');
  return `urn:ietf:params:acme:error:${type}`;
}

/** The errors of validations, and those that are kept with an order. */
const KEPT_TYPES: Readonly<Record<string, string>> = {
  ...TYPES,
  connection: 'connection',
  dns: 'dns',
  tls: 'tls',
  unauthorized: 'unauthorized',
  'incorrect-response': 'incorrectResponse',
  caa: 'caa',
};

/** Returns the error type of a problem that the record keeps. */
export function nameProblemType(code: string): string {
  return `urn:ietf:params:acme:error:${KEPT_TYPES[code] ?? 'serverInternal'}`;
}

/** Problem details (RFC 9457) as RFC 8555 section 6.7 uses them. */
export const acmeErrors: ErrorForm = (error, c) => {
  const status = STATUSES[error.code] ?? error.status;
  const type = nameErrorType(error.code, status);
  const { problems, retryAfterSeconds, algorithms, accountId } = readFacts(error);
  const headers = new Headers({ 'Content-Type': 'application/problem+json' });
  if (retryAfterSeconds !== null) headers.set('Retry-After', String(retryAfterSeconds));
  if (accountId !== null) headers.set('Location', accountUrl(c, accountId));
  const { acmeTermsOfService } = c.get('services').config;
  if (error.code === 'user-action-required' && acmeTermsOfService !== null) {
    headers.set('Link', `<${acmeTermsOfService}>;rel="terms-of-service"`);
  }
  const body = {
    type,
    detail: error.message,
    status,
    ...(algorithms === null ? {} : { algorithms }),
    ...(problems.length === 0
      ? {}
      : {
          subproblems: problems.map(({ code, message, identifier }) => ({
            type: nameErrorType(code, 400),
            detail: message,
            identifier,
          })),
        }),
    requestId: c.get('requestId'),
  };
  return {
    response: new Response(JSON.stringify(body), { status, headers }),
    message: `${error.code}: ${error.message}`,
  };
};

function readFacts(error: SignetError) {
  return error instanceof AcmeError
    ? error
    : { problems: [], retryAfterSeconds: null, algorithms: null, accountId: null };
}
