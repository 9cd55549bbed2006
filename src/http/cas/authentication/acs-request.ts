import type { Identity } from '../../../access/identity.ts';
import type { AccessKeySecrets } from '../../../access/secrets.ts';
import { encodeUtf8 } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';
import type { Parameters } from './acs-parameters.ts';

/** What of a request the ACS schemes sign. */
export interface AcsRequest {
  readonly method: string;
  readonly headers: Headers;
  /** The parameters of the query alone. */
  readonly query: Parameters;
  /** The parameters of query and form together. */
  readonly parameters: Parameters;
  /** The whole body. */
  readonly body: Uint8Array;
}

export interface AcsVerification {
  readonly nowSeconds: number;
  readonly secrets: Pick<AccessKeySecrets, 'findSecret'>;
}

/** A request whose signature was found right; that it is sent for the first time is not known yet. */
export interface SignedRequest {
  readonly identity: Identity;
  /** What the client sends once and never again. */
  readonly nonce: string;
}

/** The signature is wrong; whoever sent it can compare what was signed with what was to be signed. */
export class SignatureMismatch extends SignetError {
  /** Holds nothing secret, but all parameters: not for a log. */
  readonly canonicalRequest: string;

  constructor(message: string, canonicalRequest: string) {
    super('invalid-signature', message);
    this.canonicalRequest = canonicalRequest;
  }
}

/** How far a client's clock may be from ours, either way. */
const MAX_SKEW_SECONDS = 15 * 60;
const MAX_NONCE_CHARACTERS = 128;

/**
 * @param text yyyy-MM-ddTHH:mm:ssZ
 * @param field where it stands
 * @throws SignetError malformed-authorization, request-expired
 */
export function checkTimestamp(text: string, field: string, nowSeconds: number): void {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  // Some days that no calendar has are rolled over instead of refused.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text.replace('Z', '.000Z')) {
    throw new SignetError(
      'malformed-authorization',
      `${field} must be a time like 2026-01-31T12:00:00Z, in GMT.`,
      { field },
    );
  }
  if (Math.abs(ms / 1000 - nowSeconds) > MAX_SKEW_SECONDS) {
    const now = new Date(nowSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    throw new SignetError(
      'request-expired',
      `${field} is more than 15 minutes away from the time here, ${now}: set the clock, and sign anew.`,
      { field },
    );
  }
}

/** @throws SignetError invalid-parameter */
export function checkNonce(nonce: string): void {
  if (nonce !== '' && nonce.length <= MAX_NONCE_CHARACTERS) return;
  throw new SignetError(
    'invalid-parameter',
    `SignatureNonce must have 1 to ${MAX_NONCE_CHARACTERS} characters, and others in each request.`,
    { field: 'SignatureNonce' },
  );
}

/** @throws SignetError unknown-access-key */
export function refuseSecurityToken(token: string | null | undefined): void {
  if ((token ?? '') === '') return;
  throw new SignetError(
    'unknown-access-key',
    'There are no temporary credentials here: sign with an access key and send no security token.',
  );
}

/**
 * Whose key signed, where the signature is the one that it makes. For an unknown key there is a
 * secret all the same, so that the work is.
 * @param sign makes the signature with a secret, in the form that the client sends it in
 * @param mismatch the error for a wrong one
 * @throws SignetError unknown-access-key, `mismatch`, and what finding the secret throws
 */
export async function matchSignature(
  accessKeyId: string,
  signature: string,
  secrets: AcsVerification['secrets'],
  sign: (secret: Uint8Array) => Promise<string>,
  mismatch: () => SignatureMismatch,
): Promise<Identity> {
  const { accountId, root, secret } = await secrets.findSecret(accessKeyId);
  const matches = equalText(await sign(secret), signature);
  if (accountId === null) {
    throw new SignetError('unknown-access-key', 'There is no access key of this id here.');
  }
  if (!matches) throw mismatch();
  return { accessKeyId, accountId, root };
}

export async function hmac(
  hash: 'SHA-1' | 'SHA-256',
  key: Uint8Array,
  text: string,
): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash };
  const hmacKey = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, encodeUtf8(text)));
}

/** In constant time, but for the lengths, which are no secret. */
function equalText(a: string, b: string): boolean {
  const [left, right] = [encodeUtf8(a), encodeUtf8(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}
