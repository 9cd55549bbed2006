import type { Identity } from '../../../access/identity.ts';
import type { AccessKeySecrets } from '../../../access/secrets.ts';
import { encodeUtf8 } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';
import { type BceAuthorization, parseBceAuthorization } from './bce-authorization.ts';
import { type BceRequestHead, canonicalRequest } from './bce-canonical-request.ts';

export interface BceRequest extends BceRequestHead {
  /** A body of no bytes counts as none. */
  readonly hasBody: boolean;
  /** Reads the whole body. Called only after the signature was verified. */
  readBody(): Promise<Uint8Array>;
}

export interface BceVerification {
  /** The Authorization header. */
  readonly authorization: string;
  readonly nowSeconds: number;
  readonly secrets: Pick<AccessKeySecrets, 'findSecret'>;
}

/** The most that a client's clock may differ from ours, and the longest life of a signature. */
const MAX_SKEW_SECONDS = 30 * 60;

/**
 * Verifies that a request was signed by bce-auth-v1 with an access key's secret. The scheme signs the
 * head of a request: of the body only its length and, if the client sends it, its MD5.
 * @throws SignetError malformed-authorization, malformed-request, request-expired,
 *   unknown-access-key, invalid-signature, and what finding the secret throws
 */
export async function verifyBceAuthorization(
  request: BceRequest,
  { authorization, nowSeconds, secrets }: BceVerification,
): Promise<Identity> {
  const parsed = parseBceAuthorization(authorization);
  if ((request.headers.get('host') ?? '') === '') {
    throw new SignetError('malformed-request', 'The request has no Host.', { field: 'Host' });
  }
  checkTime(parsed, nowSeconds);
  checkDateHeaders(request.headers, parsed.signedAtSeconds);
  refuseSecurityToken(request.headers);

  const { accessKeyId } = parsed;
  // An unknown key gets a secret too, so that it takes as long.
  const { accountId, root, secret } = await secrets.findSecret(accessKeyId);
  const matches = await matchSignature(parsed, request, secret);
  if (accountId === null) {
    throw new SignetError('unknown-access-key', 'There is no access key with this id here.');
  }
  if (!matches) {
    throw new SignetError(
      'invalid-signature',
      'The signature does not match the request. Check the secret, and that no proxy changes Host, path, query or a signed header.',
    );
  }
  await checkBodyDigest(request);
  return { accessKeyId, accountId, root };
}

/** Only the timestamp of the prefix counts: it is the only one that is always signed. */
function checkTime({ signedAtSeconds, validForSeconds }: BceAuthorization, now: number): void {
  const lifetime = Math.min(validForSeconds, MAX_SKEW_SECONDS);
  if (now - signedAtSeconds > lifetime) {
    throw expired(`The signature was valid for ${lifetime} seconds and has expired.`);
  }
  if (signedAtSeconds - now > MAX_SKEW_SECONDS) {
    throw expired('The signature is dated more than 30 minutes ahead. Set the clock.');
  }
}

/** x-bce-date and Date may be unsigned, so they can only lead to a refusal. */
function checkDateHeaders(headers: Headers, signedAtSeconds: number): void {
  for (const name of ['x-bce-date', 'date']) {
    const text = headers.get(name)?.trim() ?? '';
    if (text === '') continue;
    const seconds = Date.parse(text) / 1000;
    if (Number.isNaN(seconds)) {
      throw new SignetError('malformed-request', `The header ${name} is not a date.`, {
        field: name,
      });
    }
    if (Math.abs(seconds - signedAtSeconds) > MAX_SKEW_SECONDS) {
      throw expired(
        `The header ${name} and the time in the Authorization header are more than 30 minutes apart.`,
      );
    }
  }
}

function refuseSecurityToken(headers: Headers): void {
  if ((headers.get('x-bce-security-token') ?? '') === '') return;
  throw new SignetError(
    'unknown-access-key',
    'There are no temporary credentials here. Sign with an access key and send no x-bce-security-token.',
    { field: 'x-bce-security-token' },
  );
}

async function matchSignature(
  { prefix, signedHeaders, signature }: BceAuthorization,
  request: BceRequest,
  secret: Uint8Array,
): Promise<boolean> {
  // The hex text of the derived key is the signing key.
  const signingKeyHex = (await hmac(secret, prefix)).toHex();
  const signingKey = encodeUtf8(signingKeyHex);
  let matches = false;
  for (const headers of listHeaderReadings(request, signedHeaders)) {
    const expected = await hmac(
      signingKey,
      canonicalRequest({ ...request, headers }, signedHeaders),
    );
    if (equalText(expected.toHex(), signature)) matches = true;
  }
  return matches;
}

/**
 * Proxies may add `Content-Length: 0` to a request without a body, or remove it. If that header may be
 * signed, both readings are tried.
 */
function listHeaderReadings(
  { headers, hasBody }: BceRequest,
  signedHeaders: readonly string[] | null,
): readonly Headers[] {
  const maySignLength = signedHeaders?.includes('content-length') ?? true;
  if (hasBody || !maySignLength) return [headers];
  const withLength = new Headers(headers);
  withLength.set('content-length', '0');
  const withoutLength = new Headers(headers);
  withoutLength.delete('content-length');
  return [withLength, withoutLength];
}

/** RFC 1864. The signature does not cover the body. */
async function checkBodyDigest({ headers, readBody }: BceRequest): Promise<void> {
  const expected = headers.get('content-md5')?.trim() ?? '';
  if (expected === '') return;
  const digest = new Uint8Array(await crypto.subtle.digest('MD5', await readBody()));
  if (digest.toBase64() === expected) return;
  throw new SignetError('malformed-request', 'The MD5 of the body is not that of Content-MD5.', {
    field: 'Content-MD5',
  });
}

async function hmac(key: Uint8Array, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const hmacKey = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, encodeUtf8(text)));
}

/** Compares in constant time, except for the lengths, which are not secret. */
function equalText(a: string, b: string): boolean {
  const [left, right] = [encodeUtf8(a), encodeUtf8(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}

function expired(message: string): SignetError {
  return new SignetError('request-expired', message);
}
