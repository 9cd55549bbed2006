import { encodeBase64url } from '../../acme/jws.ts';
import type { AcmeClient } from './acme-client.ts';

/** The TXT record of a dns-01 challenge (RFC 8555 section 8.4), for an account with a P-256 key. */
export async function makeChallengeText({ key }: AcmeClient, token: unknown): Promise<string> {
  const { crv, kty, x, y } = key.jwk;
  const thumbprint = await hash(JSON.stringify({ crv, kty, x, y }));
  return hash(`${token}.${thumbprint}`);
}

async function hash(text: string): Promise<string> {
  return encodeBase64url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
  );
}
