import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { AccessKey } from './sign-bce.ts';

const ALGORITHM = 'ACS3-HMAC-SHA256';

export interface SignedCall {
  readonly method: 'POST';
  readonly path: '/';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns a call with form parameters and a new nonce, signed by ACS3-HMAC-SHA256. */
export function signCall(
  { id, secret }: AccessKey,
  host: string,
  action: string,
  parameters: Readonly<Record<string, string>>,
): SignedCall {
  const body = new URLSearchParams(parameters).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-acs-action': action,
    'x-acs-content-sha256': sha256Hex(body),
    'x-acs-date': `${new Date().toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': '2020-06-30',
  };
  const signed = Object.entries({ host, ...headers }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonicalRequest = [
    'POST',
    '/',
    '',
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256Hex(body),
  ].join('\n');
  const signature = createHmac('sha256', secret)
    .update(`${ALGORITHM}\n${sha256Hex(canonicalRequest)}`)
    .digest('hex');
  const Authorization = `${ALGORITHM} Credential=${id},SignedHeaders=${names},Signature=${signature}`;
  return { method: 'POST', path: '/', headers: { ...headers, Authorization }, body };
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
