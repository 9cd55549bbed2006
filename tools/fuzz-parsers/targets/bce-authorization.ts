import { createHmac } from 'node:crypto';
import { verifyBceAuthorization } from '../../../src/http/bce/authentication/bce-auth-v1.ts';
import { parseBceAuthorization } from '../../../src/http/bce/authentication/bce-authorization.ts';
import {
  canonicalQuery,
  canonicalRequest,
} from '../../../src/http/bce/authentication/bce-canonical-request.ts';
import { ACCESS_KEY, ACCESS_KEYS } from '../access-keys.ts';
import { assertSame, assertTrue, attempt, attemptAsync } from '../oracle.ts';
import { readHeaders, readLatin1, splitLine } from '../text.ts';

/** The input is Authorization, method, path, query, headers and, after an empty line, the body. */
export async function fuzz(data: Buffer): Promise<void> {
  const [authorization, rest] = splitLine(readLatin1(data));
  const [start = '', lines] = splitLine(rest);
  const [method = '', target = ''] = start.split(' ');
  const [path = '', query = ''] = target.split('?', 2);
  const [head = '', body = ''] = lines.split('\n\n', 2);
  const headers = readHeaders(head);
  const bytes = Buffer.from(body, 'latin1');
  const request = {
    method,
    path,
    query,
    headers,
    hasBody: bytes.length > 0,
    readBody: async () => bytes,
  };
  assertSame('the query once more', canonicalQuery(canonicalQuery(query)), canonicalQuery(query));
  const parsed = attempt(() => parseBceAuthorization(authorization));
  if (parsed === null) return;
  const { prefix, signedHeaders, signature, signedAtSeconds } = parsed;
  const trimmed = authorization.trim();
  assertTrue('prefix', trimmed.startsWith(`${prefix}/`) && trimmed.endsWith(`/${signature}`));
  const nowSeconds = signedAtSeconds;
  const verification = { nowSeconds, secrets: ACCESS_KEYS };
  const identity = await attemptAsync(() =>
    verifyBceAuthorization(request, { ...verification, authorization }),
  );
  const expected = sign(prefix, canonicalRequest(request, signedHeaders));
  if (identity !== null) {
    assertSame('who', identity.accessKeyId, ACCESS_KEY.id);
    assertTrue(
      'accepted without a right signature',
      !maySignLength(signedHeaders, request.hasBody) ? signature === expected : true,
    );
  }
  // With a correct signature the same head must pass, or be refused for another reason.
  const signed = `bce-auth-v1/${ACCESS_KEY.id}/${prefix.split('/').slice(2).join('/')}`;
  const right = `${signed}/${signedHeaders?.join(';') ?? ''}/${sign(signed, canonicalRequest(request, signedHeaders))}`;
  try {
    await verifyBceAuthorization(request, { ...verification, authorization: right });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const isOwnReason =
      code === 'malformed-request' ||
      code === 'request-expired' ||
      code === 'unknown-access-key' ||
      (code === 'invalid-signature' && maySignLength(signedHeaders, request.hasBody));
    if (!isOwnReason) throw error;
  }
}

/** Without a body a Content-Length is optional, so both cases are checked. */
function maySignLength(signedHeaders: readonly string[] | null, hasBody: boolean): boolean {
  return !hasBody && (signedHeaders?.includes('content-length') ?? true);
}

function sign(prefix: string, canonical: string): string {
  const key = createHmac('sha256', ACCESS_KEY.secret).update(prefix).digest('hex');
  return createHmac('sha256', key).update(canonical).digest('hex');
}
