import type { Identity } from '../../../access/identity.ts';
import type { AccessKeySecrets } from '../../../access/secrets.ts';
import { encodeUtf8 } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';
import type { Parameters } from './acs-parameters.ts';

/** The parts of a request that the ACS schemes sign. */
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

/** A request whose signature was verified. It may still be a replay. */
export interface SignedRequest {
  readonly identity: Identity;
  /** Unique in each request. */
  readonly nonce: string;
}

/** The signature is wrong. The client can compare what it signed with what it should have signed. */
export class SignatureMismatch extends SignetError {
  /** It holds all parameters, so it must not be logged. Nothing in it is secret to the client. */
  readonly canonicalRequest: string;

  constructor(message: string, canonicalRequest: string) {
    super('invalid-signature', message);
    this.canonicalRequest = canonicalRequest;
  }
}

/** The most that a client's clock may differ from ours, either way. */
const MAX_SKEW_SECONDS = 15 * 60;
const MAX_NONCE_CHARACTERS = 128;

/**
 * @param text yyyy-MM-ddTHH:mm:ssZ
 * @param field the name of its header or parameter
 * @throws SignetError malformed-authorization, request-expired
 */
export function checkTimestamp(text: string, field: string, nowSeconds: number): void {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse rolls over some days that do not exist instead of refusing them.
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
      `${field} differs by more than 15 minutes from the time here, ${now}. Set the clock and sign again.`,
      { field },
    );
  }
}

/** @throws SignetError invalid-parameter */
export function checkNonce(nonce: string): void {
  if (nonce !== '' && nonce.length <= MAX_NONCE_CHARACTERS) return;
  throw new SignetError(
    'invalid-parameter',
    `SignatureNonce must have 1 to ${MAX_NONCE_CHARACTERS} characters and differ in each request.`,
    { field: 'SignatureNonce' },
  );
}

/** @throws SignetError unknown-access-key */
export function refuseSecurityToken(token: string | null | undefined): void {
  if ((token ?? '') === '') return;
  throw new SignetError(
    'unknown-access-key',
    'There are no temporary credentials here. Sign with an access key and send no security token.',
  );
}

/**
 * Returns the identity of an access key if its secret makes this signature. An unknown key gets a
 * secret too, so that it takes as long.
 * @param sign makes the signature with a secret, in the form in which the client sends it
 * @param mismatch the error for a wrong signature
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
    throw new SignetError('unknown-access-key', 'There is no access key with this id here.');
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

/** Compares in constant time, except for the lengths, which are not secret. */
function equalText(a: string, b: string): boolean {
  const [left, right] = [encodeUtf8(a), encodeUtf8(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}
