import type { AccessKeySecrets } from '../../../src/access/secrets.ts';
import type { Services } from '../../../src/http/services.ts';
import { NOW_MS, type Sent, send } from '../fakes.ts';
import { signBce } from './authentication/sign-bce.ts';

export const KEY = {
  id: 'ak-0123456789abcdefghij',
  secret: 'a-secret-of-forty-characters-for-tests-1',
};

/** An access key of the account acct-1. */
export const SECRETS: AccessKeySecrets = {
  rootAccessKeyId: null,
  findSecret: async (id) => ({
    accountId: id === KEY.id ? 'acct-1' : null,
    secret: new TextEncoder().encode(id === KEY.id ? KEY.secret : 'no such key'),
    root: false,
  }),
  permit: async ({ accessKeyId, accountId }, scope) => ({
    accountId,
    actor: accessKeyId,
    grant: { accessKeyId, scope },
    policyId: null,
  }),
  readTerms: async () => ({ scopes: ['*'], policyId: null }),
  holdsAll: async () => true,
  refresh: async (principal) => principal,
  noteUse: async () => {},
};

export interface BceInit {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the valid Authorization header; null sends none. */
  readonly authorization?: string | null;
}

/** Sends a request as a client of the dialect does: signed over Host and x-bce-date. */
export async function sendBce(
  services: Services,
  method: string,
  target: string,
  { body, headers, authorization }: BceInit = {},
): Promise<Sent> {
  const signed = authorization === undefined ? await signTarget(method, target) : authorization;
  return send(services, target, {
    method,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'x-bce-date': TIMESTAMP,
      ...(signed === null ? {} : { Authorization: signed }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

const TIMESTAMP = new Date(NOW_MS).toISOString().replace('.000Z', 'Z');

export async function signTarget(
  method: string,
  target: string,
  { accessKeyId = KEY.id, secret = KEY.secret, timestamp = TIMESTAMP, date = TIMESTAMP } = {},
): Promise<string> {
  const [path = '', query = ''] = target.split('?');
  const pairs = query.split('&').filter((pair) => pair !== '');
  const canonicalQuery = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=').map(decodeURIComponent);
    return `${encodeStrictly(name)}=${encodeStrictly(value)}`;
  });
  return signBce({
    accessKeyId,
    secret,
    timestamp,
    signedHeaders: 'host;x-bce-date',
    canonical: [
      method,
      path,
      canonicalQuery.sort().join('&'),
      'host:ca.test',
      `x-bce-date:${encodeStrictly(date)}`,
    ],
  });
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
