/**
 * All errors that a caller can get. Each dialect maps these codes to its own. `status` is the HTTP
 * status, in dialects that use HTTP statuses for errors.
 */
const ERROR_CODES = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'missing-parameter': { status: 400, title: 'A required parameter is missing' },
  'invalid-parameter': { status: 400, title: 'A parameter is not valid' },
  'request-too-large': { status: 413, title: 'The request is too large' },
  'malformed-csr': { status: 400, title: 'The CSR cannot be read' },
  'csr-signature-invalid': { status: 400, title: "The CSR's signature does not verify" },
  'unsupported-algorithm': { status: 400, title: 'The algorithm is not supported' },
  'weak-key': { status: 400, title: 'The public key is too weak' },
  'key-compromised': { status: 400, title: 'The public key is blocked as compromised' },
  'invalid-subject': { status: 400, title: 'The subject name is not valid' },
  'invalid-subject-alt-name': { status: 400, title: 'A subject alternative name is not valid' },
  'subject-already-certified': { status: 409, title: 'The subject already has a certificate' },
  'unknown-profile': { status: 400, title: 'There is no such profile' },
  'malformed-certificate': { status: 400, title: 'The certificate cannot be read' },
  'malformed-key': { status: 400, title: 'The private key cannot be read' },
  'malformed-crl': { status: 400, title: 'The CRL cannot be read' },
  'certificate-not-found': { status: 404, title: 'There is no such certificate' },
  'ambiguous-serial': { status: 409, title: 'Several authorities issued this serial number' },
  'not-on-hold': { status: 409, title: 'The certificate is not on hold' },
  'already-revoked': { status: 409, title: 'The certificate is already revoked' },
  'authority-not-found': { status: 404, title: 'There is no such authority' },
  'constraint-violated': { status: 400, title: 'A constraint of the authority forbids this' },
  'policy-violated': { status: 403, title: 'A policy forbids this' },
  'policy-not-found': { status: 404, title: 'There is no such policy' },
  'authority-unavailable': { status: 503, title: 'The authority cannot sign' },
  'import-conflict': { status: 409, title: 'The import contradicts existing records' },
  'inventory-not-found': { status: 404, title: 'There is no such certificate in the inventory' },
  'invalid-name': { status: 400, title: 'The name is not valid' },
  'name-taken': { status: 409, title: 'The name is taken' },
  'name-unchanged': { status: 403, title: 'The new name is the same as the old one' },
  'quota-exceeded': { status: 409, title: 'The quota is used up' },
  'in-use': { status: 409, title: 'The resource is in use' },
  'not-replaceable': { status: 409, title: 'The certificate cannot be replaced yet' },
  'key-mismatch': { status: 400, title: 'The private key does not match the certificate' },
  'not-valid-now': { status: 400, title: 'The certificate is not valid now' },
  'malformed-chain': { status: 400, title: 'The chain does not match the certificate' },
  unauthenticated: { status: 401, title: 'Credentials are missing or wrong' },
  'session-not-found': { status: 404, title: 'There is no such session' },
  'session-ended': { status: 401, title: 'There is no session' },
  forbidden: { status: 403, title: 'The access key does not allow this' },
  'malformed-authorization': { status: 400, title: 'The Authorization header cannot be read' },
  'request-expired': { status: 403, title: 'The signing time is too far from the current time' },
  'invalid-signature': { status: 403, title: 'The signature does not match' },
  'unknown-access-key': { status: 401, title: 'There is no such access key' },
  'access-key-disabled': { status: 403, title: 'The access key is disabled' },
  'access-key-expired': { status: 403, title: 'The access key has expired' },
  'insecure-transport': { status: 403, title: 'Credentials must not be sent over plain HTTP' },
  'cross-site-request': { status: 403, title: 'A browser sent the request from another site' },
  'account-not-found': { status: 404, title: 'There is no such account' },
  'access-key-not-found': { status: 404, title: 'There is no such access key' },
  'nonce-used': { status: 400, title: 'The signature nonce was used before' },
  throttled: { status: 429, title: 'Too many requests' },
  'instance-not-found': { status: 404, title: 'There is no such instance' },
  'instance-used': { status: 409, title: 'The instance is not free' },
  'idempotency-conflict': { status: 409, title: 'The idempotency key was used before' },
  'bad-nonce': { status: 400, title: 'The nonce cannot be used' },
  'bad-signature-algorithm': { status: 400, title: 'The algorithm of the JWS is not supported' },
  'bad-public-key': { status: 400, title: 'The account key is not supported' },
  'bad-csr': { status: 400, title: 'The CSR does not fit the order' },
  'bad-revocation-reason': { status: 400, title: 'The revocation reason is not allowed' },
  'acme-account-not-found': { status: 404, title: 'There is no such ACME account' },
  'account-does-not-exist': { status: 400, title: 'The key has no ACME account' },
  'account-unauthorized': { status: 401, title: 'The ACME account may not do this' },
  'account-key-in-use': { status: 409, title: 'The key has an ACME account already' },
  'external-account-required': { status: 403, title: 'An external account binding is required' },
  'eab-key-not-found': { status: 404, title: 'There is no such key for external account binding' },
  'webhook-not-found': { status: 404, title: 'There is no such webhook' },
  'delivery-not-found': { status: 404, title: 'There is no such delivery' },
  'invalid-contact': { status: 400, title: 'A contact is not valid' },
  'unsupported-contact': { status: 400, title: 'The kind of contact is not supported' },
  'user-action-required': { status: 403, title: 'The user has to do something first' },
  'unsupported-identifier': { status: 400, title: 'The kind of identifier is not supported' },
  'rejected-identifier': { status: 400, title: 'No certificate may be issued for the identifier' },
  'caa-forbids': { status: 403, title: 'CAA records forbid this' },
  'invalid-profile': { status: 400, title: 'The profile cannot be used here' },
  'order-not-ready': { status: 403, title: 'The order is not ready' },
  'already-replaced': { status: 409, title: 'The certificate is already replaced' },
  'rate-limited': { status: 429, title: 'A limit has been reached' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'record-unavailable': { status: 503, title: 'The record could not be written' },
  'sealing-unavailable': { status: 503, title: 'Stored secrets cannot be used now' },
  'audit-broken': { status: 503, title: 'The audit record does not verify' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type SignetErrorCode = keyof typeof ERROR_CODES;

/**
 * An error that the caller sees. `message` says what is wrong and what to do; `field` names the
 * invalid part of the input. Never put a secret or a key into it. Details for the operator go into
 * `cause`, which is logged but not sent.
 */
export class SignetError extends Error {
  override readonly name = 'SignetError';
  readonly code: SignetErrorCode;
  readonly field: string | undefined;

  constructor(
    code: SignetErrorCode,
    message: string,
    options: { readonly field?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.field = options.field;
  }

  get status(): (typeof ERROR_CODES)[SignetErrorCode]['status'] {
    return ERROR_CODES[this.code].status;
  }

  get title(): string {
    return ERROR_CODES[this.code].title;
  }
}
