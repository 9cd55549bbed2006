import { env } from 'cloudflare:workers';
import { AUTHORIZATION, type TestWorker } from '../../integration/worker.ts';
import { encodePairs, signV1, signV3, type V3Request } from './authentication/sign-acs.ts';

/** A client that behaves like the vendor's SDKs. */

export const ROOT_KEY = { id: env.ROOT_ACCESS_KEY_ID, secret: env.ROOT_ACCESS_KEY_SECRET };
export const HOST = new URL(env.PUBLIC_URL).host;

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export type CallOptions = Partial<Omit<V3Request, 'query' | 'body'>>;

export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A V3 call with all parameters in the query, as current SDKs send it. */
export async function call(
  worker: TestWorker,
  parameters: Readonly<Record<string, string>>,
  options: CallOptions = {},
): Promise<Answer> {
  const headers = await signV3({
    key: ROOT_KEY,
    host: HOST,
    date: now(),
    nonce: crypto.randomUUID(),
    query: parameters,
    ...options,
  });
  const method = options.method ?? 'POST';
  return readAnswer(await worker.send(`/?${encodePairs(parameters)}`, { method, headers }));
}

/** A V1 call with its parameters in the query, in a form, or in both. */
export async function callV1(
  worker: TestWorker,
  parameters: Readonly<Record<string, string>>,
  where: 'query' | 'form' | 'both',
  key = ROOT_KEY,
): Promise<Answer> {
  const method = where === 'query' ? 'GET' : 'POST';
  const signed = await signV1(method, key.secret, {
    Action: 'CreateExternalCACertificate',
    Version: '2020-06-30',
    Format: 'JSON',
    AccessKeyId: key.id,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: crypto.randomUUID(),
    SignatureType: '',
    Timestamp: now(),
    ...parameters,
  });
  const entries = Object.entries(signed);
  const inForm = ([name]: [string, string]) =>
    where === 'form' || (where === 'both' && Object.hasOwn(parameters, name));
  const query = Object.fromEntries(entries.filter((entry) => !inForm(entry)));
  const form = Object.fromEntries(entries.filter(inForm));
  return readAnswer(
    await worker.send(`/?${encodePairs(query)}`, {
      method,
      ...(where === 'query' ? {} : { body: new URLSearchParams(form) }),
    }),
  );
}

export function readAnswer({ response, text }: { response: Response; text: string }): Answer {
  return { status: response.status, body: JSON.parse(text), text };
}

export async function post(worker: TestWorker, path: string, body: object = {}) {
  const { response, text } = await worker.send(path, {
    method: 'POST',
    headers: { Authorization: AUTHORIZATION },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: JSON.parse(text) };
}

export async function createInstance(worker: TestWorker, fields: object = {}): Promise<string> {
  const { status, body } = await post(worker, '/api/v1/external-ca-instances', fields);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.instanceId;
}

/** A new account with one access key of these scopes. */
export async function createKey(worker: TestWorker, scopes: readonly string[]) {
  const account = await post(worker, '/api/v1/accounts', { name: 'An account' });
  const { body } = await post(worker, '/api/v1/access-keys', {
    accountId: account.body.id,
    name: 'A key',
    scopes,
  });
  return { id: String(body.id), secret: String(body.secret), accountId: String(body.accountId) };
}

export async function listEvents(worker: TestWorker, action: string) {
  const { results } = await worker.db
    .prepare('SELECT * FROM audit_events WHERE action = ?1 ORDER BY position')
    .bind(action)
    .all();
  return results;
}
