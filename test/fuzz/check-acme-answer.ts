import type { Received } from '../http/live.ts';

/** RFC 8555 section 6.7, RFC 9773 section 7.4 and the draft of profiles. */
const ERROR_TYPES: ReadonlySet<unknown> = new Set(
  [
    ...['accountDoesNotExist', 'alreadyReplaced', 'alreadyRevoked', 'badCSR', 'badNonce'],
    ...['badPublicKey', 'badRevocationReason', 'badSignatureAlgorithm', 'externalAccountRequired'],
    ...['invalidContact', 'invalidProfile', 'malformed', 'orderNotReady', 'rateLimited'],
    ...['rejectedIdentifier', 'unauthorized', 'unsupportedContact', 'unsupportedIdentifier'],
  ].map((name) => `urn:ietf:params:acme:error:${name}`),
);

const NONCE = /^[A-Za-z0-9_-]{43}$/;

/** Returns the kind of outcome, for counting. Throws if the answer's form is not one of ACME. */
export function readAcmeOutcome(answer: Received, isSeen: (nonce: string) => boolean): string {
  const { status, headers, json, text } = answer;
  if (status >= 500) throw new Error(`status ${status}: ${text}`);
  const nonce = headers.get('Replay-Nonce') ?? '';
  if (!NONCE.test(nonce) || isSeen(nonce)) throw new Error(`no fresh nonce: ${nonce}`);
  if (!headers.get('Link')?.includes('/directory>;rel="index"')) throw new Error('no index');
  if (status < 300) return 'done';
  const isProblem =
    headers.get('Content-Type') === 'application/problem+json' &&
    json.status === status &&
    ERROR_TYPES.has(json.type) &&
    typeof json.detail === 'string' &&
    json.detail !== '' &&
    json.requestId === headers.get('X-Request-Id') &&
    hasGoodSubproblems(json.subproblems);
  if (!isProblem) throw new Error(`not a problem document of ACME: ${status} ${text}`);
  return String(json.type).replace(/.*:/, '');
}

function hasGoodSubproblems(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    Array.isArray(value) &&
    value.every(({ type, detail, identifier }) => {
      return ERROR_TYPES.has(type) && typeof detail === 'string' && typeof identifier === 'object';
    })
  );
}
