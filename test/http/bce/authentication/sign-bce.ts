/**
 * A signer for tests, written from the scheme's description and independent of the verifier. The test
 * chooses every signed text itself.
 */
export interface BceSignature {
  readonly accessKeyId: string;
  readonly secret: string;
  /** yyyy-MM-ddTHH:mm:ssZ */
  readonly timestamp: string;
  readonly validForSeconds?: number;
  /** As in the header, for example "host;x-bce-date"; "" for the empty list. */
  readonly signedHeaders: string;
  /** The signed lines, in order. */
  readonly canonical: readonly string[];
}

export async function signBce(parts: BceSignature): Promise<string> {
  const { accessKeyId, secret, timestamp, validForSeconds = 1800, signedHeaders } = parts;
  const prefix = `bce-auth-v1/${accessKeyId}/${timestamp}/${validForSeconds}`;
  const signingKey = await hmacHex(secret, prefix);
  return `${prefix}/${signedHeaders}/${await hmacHex(signingKey, parts.canonical.join('\n'))}`;
}

async function hmacHex(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const imported = await crypto.subtle.importKey(
    'raw',
    encoder.encode(key),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const signature = await crypto.subtle.sign('HMAC', imported, encoder.encode(text));
  return new Uint8Array(signature).toHex();
}
