import { existsSync, readFileSync } from 'node:fs';
import { type DevVars, writeCurlLogin } from './dev-vars.ts';

/** Names and addresses that only private networks and tests use (RFC 2606, 6761, 1918, 4193; .internal). */
const RULES = {
  profiles: ['tls-server-client', 'tls-server', 'tls-client'],
  dnsNames: [
    { name: 'localhost', match: 'exact', acme: 'pre-authorized' },
    ...['localhost', 'test', 'example', 'internal', 'home.arpa'].map((name) => ({
      name,
      match: 'any-depth',
      wildcards: true,
      acme: 'pre-authorized',
    })),
  ],
  ipRanges: [
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '::1/128',
    'fc00::/7',
  ].map((range) => ({ range, acme: 'pre-authorized' })),
  // A CN that looks like a host is judged as a name.
  subject: 'any',
};

/** Sends a request to Signet. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

/**
 * Makes an access key that may only have certificates for private names, and revoke them, with its
 * policy. Writes it as a curl configuration file, and keeps a file whose key still works.
 * @returns whether there is such a key now
 */
export async function ensureIssuingKey(
  send: Send,
  path: string,
  values: DevVars['values'],
): Promise<boolean> {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = values;
  if (!id || !secret) return false;
  if (await works(send, path)) return true;
  const root = encodeBasic(`${id}:${secret}`);
  const policy = await create(send, root, '/api/v1/policies', {
    name: 'private names',
    rules: RULES,
  });
  if (policy === null) return false;
  const key = await create(send, root, '/api/v1/access-keys', {
    name: 'first steps',
    scopes: ['certificates:*', 'policies:Read'],
    policyId: policy.id,
  });
  if (typeof key?.id !== 'string' || typeof key.secret !== 'string') return false;
  writeCurlLogin(path, `${key.id}:${key.secret}`);
  return true;
}

async function works(send: Send, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const [, user] = /^user = "(.*)"$/m.exec(readFileSync(path, 'utf8')) ?? [];
  if (user === undefined) return false;
  const headers = { Authorization: encodeBasic(user) };
  const { ok } = await send('/api/v1/policies', { headers });
  return ok;
}

/** Returns null if Signet refuses, such as without SEALING_KEY. */
async function create(
  send: Send,
  Authorization: string,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>> | null> {
  const headers = { Authorization };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await send(path, init);
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== 'object' || answer === null) return null;
  return { ...answer };
}

function encodeBasic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
