import { encodeUtf8 } from '../../bytes.ts';

/** SHA-256 of a key authorization, which dns-01 and tls-alpn-01 ask for. */
export async function hashKeyAuthorization(keyAuthorization: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest('SHA-256', encodeUtf8(keyAuthorization));
  return new Uint8Array(digest);
}
