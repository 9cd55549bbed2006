import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { formatSeconds } from '../sign-requests.ts';

/** Accounts, access keys and the ways to show one. Leaves keys for the other parts. */
export async function recordAccounts(client: Client): Promise<void> {
  await recordCredentials(client);
  const web = await client.call('account: make', 'POST /api/v1/accounts', {
    body: { name: 'web team', inventoryQuota: 3 },
  });
  const account = client.keep('account web', web.at('id'));
  await client.call('account: read', `GET /api/v1/accounts/${account}`);
  await client.call('account: read root', 'GET /api/v1/accounts/root');
  await client.call('account: read unknown', 'GET /api/v1/accounts/acct-000000000000');
  await client.call('account: read odd id', 'GET /api/v1/accounts/x%00y');
  await client.call('account: list', 'GET /api/v1/accounts', { unordered: true });
  const bodies = {
    'empty name': { name: '' },
    'control character': { name: 'a\u0007b' },
    'long name': { name: 'a'.repeat(101) },
    'quota negative': { name: 'a', inventoryQuota: -1 },
    'quota fraction': { name: 'a', inventoryQuota: 1.5 },
    'quota text': { name: 'a', inventoryQuota: '1' },
    'quota huge': { name: 'a', inventoryQuota: 10_000_000 },
    'unknown field': { name: 'a', color: 'red' },
  };
  for (const [name, body] of Object.entries(bodies)) {
    await client.call(`account: make with ${name}`, 'POST /api/v1/accounts', { body });
    await client.call(`account: change with ${name}`, `PATCH /api/v1/accounts/${account}`, {
      body,
    });
  }
  await client.call('account: rename', `PATCH /api/v1/accounts/${account}`, {
    body: { name: 'Web Team' },
  });
  await client.call('account: change quota', `PATCH /api/v1/accounts/${account}`, {
    body: { inventoryQuota: 2 },
  });
  await client.call('account: change nothing', `PATCH /api/v1/accounts/${account}`, { body: {} });
  await client.call('account: rename root', 'PATCH /api/v1/accounts/root', { body: { name: 'r' } });
  await client.call('account: delete root', 'DELETE /api/v1/accounts/root');
  const gone = await client.call('account: make another', 'POST /api/v1/accounts', {
    body: { name: 'to be deleted' },
  });
  const goneId = client.keep('account gone', gone.at('id'));
  const first = await client.call('account: list, limit 1', 'GET /api/v1/accounts?limit=1', {
    shapeOnly: true,
  });
  const cursor = encodeURIComponent(first.at('next'));
  await client.call('account: list, next page', `GET /api/v1/accounts?limit=1&cursor=${cursor}`, {
    shapeOnly: true,
  });
  await client.call('account: delete', `DELETE /api/v1/accounts/${goneId}`);
  await client.call('account: delete again', `DELETE /api/v1/accounts/${goneId}`);
  await recordPages(client, '/api/v1/accounts');
  await recordKeys(client, account);
  await client.call('account: delete in use', `DELETE /api/v1/accounts/${account}`);
  await recordIdempotency(client);
}

async function recordCredentials(client: Client): Promise<void> {
  const { id, secret } = client.root;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const headers = {
    'Basic with wrong secret': `Basic ${base64(`${id}:wrong-secret-wrong-secret`)}`,
    'Basic with unknown key': `Basic ${base64('ak-00000000000000000000:x')}`,
    'Basic without colon': `Basic ${base64('nothing')}`,
    'Basic without base64': 'Basic ***',
    'Basic empty': 'Basic ',
    'Basic lower case': `basic ${base64(`${id}:${secret}`)}`,
    Bearer: `Bearer ${id}.${secret}`,
    'Bearer with wrong secret': `Bearer ${id}.wrong-secret-wrong-secret`,
    'Bearer without dot': 'Bearer nothing',
    'unknown scheme': 'Digest username="x"',
    'no scheme': 'nothing',
    'bce scheme': 'bce-auth-v1/x/2026-01-01T00:00:00Z/1800/host/00',
  };
  for (const [name, value] of Object.entries(headers)) {
    await client.call(`credentials: ${name}`, 'GET /api/v1/accounts/root', {
      headers: { Authorization: value },
    });
  }
}

/** Limits and cursors that a list may be asked with. */
export async function recordPages(client: Client, path: string): Promise<void> {
  for (const query of [
    ...['limit=0', 'limit=101', 'limit=-1', 'limit=x', 'limit='],
    ...['cursor=', 'cursor=x', 'cursor=%00', `cursor=${'A'.repeat(400)}`, 'noSuch=1'],
  ]) {
    const short = query.length > 40 ? 'a long cursor' : query;
    await client.call(`pages: ${path}, ${short}`, `GET ${path}?${query}`, { unordered: true });
  }
}

async function recordKeys(client: Client, account: string): Promise<void> {
  const make = async (name: string, body: object) => {
    const answer = await client.call(`access key: make ${name}`, 'POST /api/v1/access-keys', {
      body: { name, ...body },
    });
    if (answer.status !== 201) return null;
    const [id, secret] = [answer.at('id'), answer.at('secret')];
    client.keep(`key ${name}`, id);
    client.keep(`secret ${name}`, secret);
    return { id, secret };
  };
  const hour = formatSeconds(Date.now() + 3600_000);
  await make('web', { accountId: account, scopes: ['*'] });
  await make('reader', { accountId: account, scopes: ['certificates:Read'] });
  const limited = await make('limited', { scopes: ['certificates:Issue', 'inventory:*'] });
  const manager = await make('manager', { scopes: ['accounts:Manage', 'certificates:Read'] });
  const disabled = await make('disabled', { scopes: ['*'] });
  const brief = await make('brief', {
    scopes: ['*'],
    expiresAt: formatSeconds(Date.now() + 3000),
  });
  await make('with an end', { scopes: ['yundun-cert:*'], expiresAt: hour });
  const wrong = {
    'no scopes': { scopes: [] },
    'unknown scope': { scopes: ['certificates:Fly'] },
    'odd scope': { scopes: ['x'] },
    'scopes text': { scopes: '*' },
    'too many scopes': { scopes: Array.from({ length: 65 }, () => '*') },
    'an end in the past': { scopes: ['*'], expiresAt: '2020-01-01T00:00:00Z' },
    'an end that is no time': { scopes: ['*'], expiresAt: 'tomorrow' },
    'unknown account': { scopes: ['*'], accountId: 'acct-000000000000' },
    'unknown field': { scopes: ['*'], color: 'red' },
  };
  for (const [name, body] of Object.entries(wrong)) await make(name, body);
  if (!limited || !manager || !disabled || !brief) throw new Error('An access key was refused.');

  await client.call('access key: read', `GET /api/v1/access-keys/${limited.id}`);
  await client.call('access key: read unknown', 'GET /api/v1/access-keys/ak-00000000000000000000');
  await client.call('access key: list', 'GET /api/v1/access-keys', { unordered: true });
  await client.call('access key: list of account', `GET /api/v1/access-keys?accountId=${account}`, {
    unordered: true,
  });
  await client.call('access key: list of unknown', 'GET /api/v1/access-keys?accountId=acct-0');
  await recordPages(client, '/api/v1/access-keys');
  const path = `/api/v1/access-keys/${disabled.id}`;
  for (const [name, body] of Object.entries({
    rename: { name: 'renamed' },
    disable: { enabled: false },
    'enabled text': { enabled: 'no' },
    'scopes wrong': { scopes: ['x'] },
    'end in the past': { expiresAt: '2020-01-01T00:00:00Z' },
    nothing: {},
  })) {
    await client.call(`access key: change ${name}`, `PATCH ${path}`, { body });
  }
  await client.call('credentials: disabled key', 'GET /api/v1/accounts/root', { as: disabled });
  await client.call('scope: limited key lists accounts', 'GET /api/v1/accounts', { as: limited });
  await client.call('scope: key gives more than it has', 'POST /api/v1/access-keys', {
    as: manager,
    body: { name: 'more', scopes: ['*'] },
  });
  await client.call('scope: key changes itself', `PATCH /api/v1/access-keys/${manager.id}`, {
    as: manager,
    body: { scopes: ['*'] },
  });
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  await client.call('other account: its accounts', 'GET /api/v1/accounts', { as: web });
  await client.call('other account: root', 'GET /api/v1/accounts/root', { as: web });
  await client.call('other account: makes an account', 'POST /api/v1/accounts', {
    as: web,
    body: { name: 'x' },
  });
  await client.call('other account: key of root', 'POST /api/v1/access-keys', {
    as: web,
    body: { name: 'x', scopes: ['*'], accountId: 'root' },
  });
  await client.call('other account: reads key', `GET /api/v1/access-keys/${limited.id}`, {
    as: web,
  });
  await client.call('other account: authorities', 'GET /api/v1/authorities', { as: web });
  await client.call('other account: audit', 'GET /api/v1/audit', { as: web });
  await client.call('other account: job', 'POST /api/v1/jobs/seal-audit', { as: web });
  await client.call('access key: delete', `DELETE ${path}`);
  await client.call('access key: delete again', `DELETE ${path}`);
  await client.call('credentials: deleted key', 'GET /api/v1/accounts/root', { as: disabled });
  await sleep(3500);
  await client.call('credentials: expired key', 'GET /api/v1/accounts/root', { as: brief });
}

async function recordIdempotency(client: Client): Promise<void> {
  const target = 'POST /api/v1/accounts';
  const headers = { 'Idempotency-Key': 'wire-1' };
  const body = { name: 'once' };
  await client.call('idempotency: first', target, { headers, body });
  await client.call('idempotency: replayed', target, { headers, body });
  await client.call('idempotency: other body', target, { headers, body: { name: 'twice' } });
  await client.call('idempotency: other path', 'POST /api/v1/access-keys', {
    headers,
    body: { name: 'x', scopes: ['*'] },
  });
  await client.call('idempotency: refused', target, {
    headers: { 'Idempotency-Key': 'wire-2' },
    body: {},
  });
  await client.call('idempotency: after a refusal', target, {
    headers: { 'Idempotency-Key': 'wire-2' },
    body,
  });
  await client.call('idempotency: empty key', target, { headers: { 'Idempotency-Key': '' }, body });
  const long = { 'Idempotency-Key': 'k'.repeat(300) };
  await client.call('idempotency: long key', target, { headers: long, body });
  const odd = { 'Idempotency-Key': 'a\u00e9b' };
  await client.call('idempotency: odd key', target, { headers: odd, body });
}
