import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, type Mock, vi } from 'vitest';
import worker from '../../src/index.ts';
import { countRows, instrument, openDatabase } from '../store/database.ts';
import { BASIC } from './fakes.ts';

export interface Sending {
  readonly method?: string;
  /** The Authorization header; the root access key's without it, none at all for null. */
  readonly as?: string | null;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON object of the body, or an empty one. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * The Worker as it is deployed, over an empty database whose round trips are counted.
 * @param changes of its secrets and variables
 * @param known the database of another one, instead of an empty one
 */
export async function openWorker(
  changes: Readonly<Record<string, string>> = {},
  known?: D1Database,
) {
  const db = known ?? (await openDatabase());
  const counted = instrument(db);
  // No resolver: nothing leaves this machine.
  const local = { DOH_URL: 'http://127.0.0.1:9/dns-query' };
  const bindings = { ...env, ...local, ...changes, DB: counted.db };

  async function send(path: string, sending: Sending = {}): Promise<Received> {
    const { body, as = BASIC } = sending;
    const headers = new Headers(sending.headers);
    if (as !== null) headers.set('Authorization', as);
    const request = new Request<unknown, IncomingRequestCfProperties>(`https://ca.test${path}`, {
      method: sending.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const context = createExecutionContext();
    const response = await worker.fetch(request, bindings, context);
    const text = new TextDecoder().decode(await response.arrayBuffer());
    await waitOnExecutionContext(context);
    const isJson = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : {},
    };
  }

  /** A new access key with the header that shows it. */
  async function createKey(
    scopes: readonly string[],
    accountId?: string,
    as: string = BASIC,
  ): Promise<{ id: string; secret: string; basic: string; bearer: string }> {
    const body = { name: 'a key', scopes, accountId };
    const { status, json, text } = await send('/api/v1/access-keys', { body, as });
    if (status !== 201) throw new Error(`no access key: ${text}`);
    const { id, secret } = { id: String(json.id), secret: String(json.secret) };
    return {
      id,
      secret,
      basic: `Basic ${btoa(`${id}:${secret}`)}`,
      bearer: `Bearer ${id}.${secret}`,
    };
  }

  async function createAccount(name = 'an account'): Promise<string> {
    const { json } = await send('/api/v1/accounts', { body: { name } });
    return String(json.id);
  }

  /** Rows of every table that a request could write to. */
  async function countAll(): Promise<Record<string, number>> {
    const tables = [
      'accounts',
      'access_keys',
      'audit_events',
      'certificates',
      'revocations',
      'blocked_keys',
      'idempotency_keys',
    ];
    const counts = await Promise.all(tables.map((table) => countRows(db, table)));
    return Object.fromEntries(tables.map((table, index) => [table, counts[index] ?? -1]));
  }

  return { db, counted, send, createKey, createAccount, countAll };
}

export type LiveWorker = Awaited<ReturnType<typeof openWorker>>;

/** Keeps the Worker's log out of the test's output, for the tests of this file to read. */
export function captureLog(): { lines(): string[] } {
  let log: Mock<typeof console.log> | undefined;
  beforeEach(() => {
    log = vi.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(() => {
    log?.mockRestore();
  });
  return { lines: () => (log?.mock.calls ?? []).map(([line]) => String(line)) };
}
