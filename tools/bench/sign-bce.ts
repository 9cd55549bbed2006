import { createHmac } from 'node:crypto';

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Returns an Authorization of bce-auth-v1 that signs only Host and is valid for 30 minutes. */
export function signBce(
  { id, secret }: AccessKey,
  { method, path, host }: { readonly method: string; readonly path: string; readonly host: string },
): string {
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const prefix = `bce-auth-v1/${id}/${timestamp}/1800`;
  const [address = '', query = ''] = path.split('?');
  const canonicalHost = `host:${encodeURIComponent(host)}`;
  const canonicalRequest = [method, address, query, canonicalHost].join('\n');
  return `${prefix}/host/${hmacHex(hmacHex(secret, prefix), canonicalRequest)}`;
}

function hmacHex(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
