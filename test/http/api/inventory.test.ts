import { beforeEach, describe, expect, it } from 'vitest';
import {
  LEAF_KEY_PEM,
  NOT_AFTER_SECONDS,
  privateKeyPem,
  uploadPem,
} from '../../inventory/uploads.ts';
import { CSR_PEM } from '../fixtures/certificates.ts';
import { captureLog, type LiveWorker, openWorker, type Sending } from '../live.ts';

captureLog();

const UPLOAD = { certificate: uploadPem('leaf'), privateKey: LEAF_KEY_PEM };

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

async function upload(changes: object = {}, sending: Sending = {}): Promise<string> {
  const body = { name: 'www', ...UPLOAD, ...changes };
  const { status, json, text, headers } = await live.send('/api/v1/inventory', {
    body,
    ...sending,
  });
  expect(status, text).toBe(201);
  expect(headers.get('Location')).toBe(`/api/v1/inventory/${json.id}`);
  return String(json.id);
}

async function expire(id: string): Promise<void> {
  await live.db.prepare('UPDATE inventory SET not_after_s = 5 WHERE id = ?1').bind(id).run();
}

describe('POST /api/v1/inventory', () => {
  it('stores an upload and shows it without its private key', async () => {
    const id = await upload({ chain: uploadPem('sub-2') + uploadPem('sub-1') });
    expect(id).toMatch(/^cert-[a-z0-9]{12}$/);
    const { status, json, text } = await live.send(`/api/v1/inventory/${id}`);
    expect(status).toBe(200);
    expect(text).not.toContain('PRIVATE');
    expect(json).toMatchObject({
      id,
      name: 'www',
      type: 'server',
      origin: 'upload',
      notBefore: '2020-01-01T00:00:00Z',
      notAfter: '2120-01-01T00:00:00Z',
      expired: false,
      marks: [],
      hasPrivateKey: true,
      inUse: false,
      bindings: [],
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(json.daysLeft).toBe(Math.floor((NOT_AFTER_SECONDS - Date.now() / 1000) / 86_400));
    expect(String(json.certificate).replaceAll(/\s/g, '')).toBe(
      uploadPem('leaf').replaceAll(/\s/g, ''),
    );
    expect(json.chain).toHaveLength(2);
  });

  it('stores a weak certificate and marks it', async () => {
    const id = await upload({
      certificate: uploadPem('rsa-1024'),
      privateKey: uploadPem('rsa-1024.key'),
    });
    const { json } = await live.send(`/api/v1/inventory/${id}`);
    expect(json.marks).toEqual(expect.arrayContaining(['weak-key']));
  });

  it('adds a certificate that was issued here', async () => {
    const accept = { headers: { Accept: 'application/json' } };
    const issued = await live.send('/api/v1/certificates', { body: CSR_PEM, ...accept });
    const serial = String(issued.json.serial).toUpperCase();
    const { status, json } = await live.send('/api/v1/inventory', {
      body: { name: 'issued', serial },
    });
    expect(status).toBe(201);
    const entry = await live.send(`/api/v1/inventory/${json.id}`);
    expect(entry.json).toMatchObject({ origin: 'issued', type: 'client', hasPrivateKey: false });
    expect(entry.json.certificate).toBe(issued.json.certificate);
  });

  it('adds once for one idempotency key', async () => {
    const once = { headers: { 'Idempotency-Key': 'once' } };
    const first = await upload({}, once);
    expect(await upload({}, once)).toBe(first);
    const { json } = await live.send('/api/v1/inventory');
    expect(json.certificates).toHaveLength(1);
  });

  it.each<[string, object | string, string, string | undefined, RegExp]>([
    ['no JSON', 'certificate', 'malformed-request', undefined, /not JSON/],
    ['nothing', {}, 'missing-parameter', 'name', /'name' is missing/],
    ['no certificate', { name: 'a' }, 'missing-parameter', 'certificate', /'certificate'/],
    [
      'another field',
      { name: 'a', cert: '' },
      'invalid-parameter',
      'cert',
      /Use name, certificate/,
    ],
    ['null', { name: null }, 'invalid-parameter', 'name', /must be a string, not null/],
    [
      'another type',
      { name: 'a', ...UPLOAD, type: 'both' },
      'invalid-parameter',
      'type',
      /'type' must be server or client\./,
    ],
    ['no name', { name: '', ...UPLOAD }, 'invalid-name', 'name', /1 to 65/],
    ['no PEM', { name: 'a', certificate: '?' }, 'malformed-certificate', 'certificate', /PEM/],
    [
      'no key of a server',
      { name: 'a', certificate: UPLOAD.certificate },
      'missing-parameter',
      'privateKey',
      /private key/,
    ],
    [
      'another key',
      { name: 'a', ...UPLOAD, privateKey: privateKeyPem('prime256v1-pkcs8') },
      'key-mismatch',
      'privateKey',
      /does not belong/,
    ],
    ['no serial number', { name: 'a', serial: 'x' }, 'invalid-parameter', 'serial', /hexadecimal/],
    [
      'an upload with a serial number',
      { name: 'a', serial: '1', certificate: '' },
      'invalid-parameter',
      'certificate',
      /Use name, serial/,
    ],
    [
      'an unknown serial number',
      { name: 'a', serial: '1' },
      'certificate-not-found',
      'serial',
      /no certificate/,
    ],
  ])('refuses %s and says what is wrong', async (_, body, code, field, detail) => {
    const { json } = await live.send('/api/v1/inventory', { body });
    expect(json).toMatchObject({ code });
    expect(json.field).toBe(field);
    expect(json.detail).toMatch(detail);
    expect((await live.send('/api/v1/inventory')).json.certificates).toEqual([]);
  });

  it('accepts a body of at most 1 MiB', async () => {
    const fits = JSON.stringify({ name: 'www', ...UPLOAD }).padEnd(1024 * 1024);
    expect((await live.send('/api/v1/inventory', { body: fits })).status).toBe(201);
    const { json } = await live.send('/api/v1/inventory', { body: `${fits} ` });
    expect(json.code).toBe('request-too-large');
  });
});

describe('GET /api/v1/inventory', () => {
  it('lists by name, in pages', async () => {
    for (const name of ['c', 'a', 'b']) await upload({ name });
    const names = ({ json }: { json: Readonly<Record<string, unknown>> }) =>
      [json.certificates].flat().map((entry) => Reflect.get(Object(entry), 'name'));
    const first = await live.send('/api/v1/inventory?limit=2');
    expect(names(first)).toEqual(['a', 'b']);
    const second = await live.send(`/api/v1/inventory?limit=2&cursor=${first.json.next}`);
    expect(names(second)).toEqual(['c']);
    expect(second.json.next).toBeNull();
    expect(names(await live.send('/api/v1/inventory?name=b'))).toEqual(['b']);
    expect(names(await live.send('/api/v1/inventory?name=d'))).toEqual([]);
    const accounts = await live.send('/api/v1/accounts?limit=1');
    await live.createAccount();
    const other = (await live.send('/api/v1/accounts?limit=1')).json.next;
    expect(accounts.json.next).toBeNull();
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=x', `cursor=${other}`]) {
      expect((await live.send(`/api/v1/inventory?${query}`)).json.code).toBe('invalid-parameter');
    }
  });
});

describe('an entry', () => {
  it('returns its private key, with an audit event', async () => {
    const id = await upload();
    const { status, headers, text } = await live.send(`/api/v1/inventory/${id}/private-key`);
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('application/x-pem-file');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(text.replaceAll(/\s/g, '')).toBe(LEAF_KEY_PEM.replaceAll(/\s/g, ''));
    const { json } = await live.send('/api/v1/audit');
    expect([json.events].flat().at(-1)).toMatchObject({
      action: 'inventory.read-private-key',
      target: id,
    });
  });

  it('answers 404 if it has no private key', async () => {
    const id = await upload({ privateKey: undefined, type: 'client' });
    const { status, json } = await live.send(`/api/v1/inventory/${id}/private-key`);
    expect([status, json.detail]).toEqual([
      404,
      'This certificate is stored without a private key.',
    ]);
  });

  it('can be renamed, but not to a used name', async () => {
    const id = await upload();
    await upload({ name: 'taken' });
    const rename = (body: object) =>
      live.send(`/api/v1/inventory/${id}`, { method: 'PATCH', body });
    expect((await rename({ name: 'new' })).status).toBe(204);
    expect((await live.send(`/api/v1/inventory/${id}`)).json.name).toBe('new');
    expect((await rename({ name: 'taken' })).json.code).toBe('name-taken');
    expect((await rename({ name: 'new' })).json.code).toBe('name-unchanged');
    expect((await rename({ name: 'x', type: 'client' })).json.code).toBe('invalid-parameter');
  });

  it('can be replaced after it has expired, and keeps its name', async () => {
    const id = await upload();
    const replace = (body: object) => live.send(`/api/v1/inventory/${id}`, { method: 'PUT', body });
    expect((await replace(UPLOAD)).json.code).toBe('not-replaceable');
    await expire(id);
    expect((await live.send(`/api/v1/inventory/${id}`)).json).toMatchObject({
      expired: true,
      daysLeft: 0,
    });
    expect((await replace({ ...UPLOAD, certificate: '' })).json.code).toBe('malformed-certificate');
    expect((await replace(UPLOAD)).status).toBe(204);
    expect((await live.send(`/api/v1/inventory/${id}`)).json).toMatchObject({
      name: 'www',
      expired: false,
    });
    await expire(id);
    expect((await replace({ ...UPLOAD, name: 'other' })).status).toBe(204);
    expect((await live.send(`/api/v1/inventory/${id}`)).json.name).toBe('other');
  });

  it('cannot be deleted while it has bindings', async () => {
    const id = await upload();
    const bindings = `/api/v1/inventory/${id}/bindings`;
    const target = { serviceName: 'cdn', resourceId: 'www.example.test' };
    const put = () => live.send(bindings, { method: 'PUT', body: target });
    const remove = () => live.send(`/api/v1/inventory/${id}`, { method: 'DELETE' });
    const unbind = () => live.send(bindings, { method: 'DELETE', body: target });
    expect([(await put()).status, (await put()).status]).toEqual([204, 204]);
    const { json } = await live.send(bindings);
    expect(json.bindings).toEqual([
      { ...target, createdAt: expect.any(String), updatedAt: expect.any(String) },
    ]);
    expect((await live.send(`/api/v1/inventory/${id}`)).json).toMatchObject({
      inUse: true,
      bindings: json.bindings,
    });
    expect((await remove()).json.code).toBe('in-use');
    expect((await unbind()).status).toBe(204);
    expect((await unbind()).json.code).toBe('not-found');
    expect((await remove()).status).toBe(204);
    expect((await remove()).json.code).toBe('inventory-not-found');
  });

  it.each([
    ['PUT', { serviceName: 'cdn' }, 'missing-parameter', 'resourceId'],
    ['PUT', { serviceName: '', resourceId: 'x' }, 'invalid-parameter', 'serviceName'],
    ['DELETE', { serviceName: 'cdn', resourceId: 1 }, 'invalid-parameter', 'resourceId'],
    ['DELETE', {}, 'missing-parameter', 'serviceName'],
  ])('refuses a wrong binding: %s %j', async (method, body, code, field) => {
    const id = await upload();
    const { json } = await live.send(`/api/v1/inventory/${id}/bindings`, { method, body });
    expect(json).toMatchObject({ code, field });
  });
});

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  readonly body?: object;
}

const BINDING = { serviceName: 'a', resourceId: 'b' };

const OPERATIONS: readonly Operation[] = [
  { method: 'POST', path: '', scope: 'inventory:Write', body: { name: 'new', ...UPLOAD } },
  { method: 'GET', path: '', scope: 'inventory:Read' },
  { method: 'GET', path: '/{id}', scope: 'inventory:Read' },
  { method: 'PATCH', path: '/{id}', scope: 'inventory:Write', body: { name: 'new' } },
  { method: 'PUT', path: '/{id}', scope: 'inventory:Write', body: UPLOAD },
  { method: 'DELETE', path: '/{id}', scope: 'inventory:Delete' },
  { method: 'GET', path: '/{id}/private-key', scope: 'inventory:ReadPrivateKey' },
  { method: 'GET', path: '/{id}/bindings', scope: 'inventory:Read' },
  { method: 'PUT', path: '/{id}/bindings', scope: 'inventory:Write', body: BINDING },
];

describe.each(OPERATIONS)('$method /api/v1/inventory$path', ({ method, path, scope, body }) => {
  it('requires its own scope', async () => {
    const id = await upload();
    if (method === 'PUT') await expire(id);
    const target = `/api/v1/inventory${path.replace('{id}', id)}`;
    const all = ['Read', 'Write', 'Delete', 'ReadPrivateKey'].map((name) => `inventory:${name}`);
    const others = await live.createKey([
      ...all.filter((name) => name !== scope),
      'certificates:*',
    ]);
    const refused = await live.send(target, { method, body, as: others.basic });
    expect([refused.status, refused.json.code]).toEqual([403, 'forbidden']);
    const holder = await live.createKey([scope]);
    const allowed = await live.send(target, { method, body, as: holder.bearer });
    expect(allowed.status, allowed.text).toBeLessThan(300);
  });

  it('shows another account nothing', async () => {
    const id = await upload();
    const target = (entry: string) => `/api/v1/inventory${path.replace('{id}', entry)}`;
    const stranger = await live.createKey(['*'], await live.createAccount());
    const hidden = await live.send(target(id), { method, body, as: stranger.basic });
    const missing = await live.send(target('cert-000000000000'), {
      method,
      body,
      as: stranger.basic,
    });
    if (path !== '') {
      expect(hidden.json.code).toBe('inventory-not-found');
      expect({ ...hidden.json, requestId: '' }).toEqual({ ...missing.json, requestId: '' });
    } else if (method === 'GET') {
      expect(hidden.json.certificates).toEqual([]);
    }
    expect((await live.send(`/api/v1/inventory/${id}`)).json.name).toBe('www');
  });

  it('takes one D1 round trip, or two if it must read the old upload public key', async () => {
    const id = await upload();
    if (method === 'PUT') await expire(id);
    const { basic } = await live.createKey(['*']);
    await live.send('/api/v1/certificates/1', { as: basic });
    const before = live.counted.calls.count;
    const target = `/api/v1/inventory${path.replace('{id}', id)}`;
    expect((await live.send(target, { method, body, as: basic })).status).toBeLessThan(300);
    const replaces = method === 'PUT' && path === '/{id}';
    expect(live.counted.calls.count - before).toBe(replaces ? 2 : 1);
  });
});

describe('GET /api/v1/inventory?fingerprint=', () => {
  it('finds the entries with a certificate, of the own account only', async () => {
    const ids = [await upload(), await upload({ name: 'again' })];
    const { json } = await live.send(`/api/v1/inventory/${ids[0]}`);
    const fingerprint = String(json.fingerprint);
    const find = async (text: string, sending: Sending = {}) => {
      const found = await live.send(`/api/v1/inventory?fingerprint=${text}`, sending);
      const entries: unknown = found.json.certificates;
      return Array.isArray(entries) ? entries.map((entry) => Reflect.get(entry, 'id')) : found.json;
    };
    const colons = fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
    expect(await find(fingerprint)).toEqual([ids[1], ids[0]]);
    expect(await find(colons)).toEqual([ids[1], ids[0]]);
    expect(await find('0'.repeat(64))).toEqual([]);
    const accountId = await live.createAccount();
    const other = await live.createKey(['inventory:Read'], accountId);
    expect(await find(fingerprint, { as: other.basic })).toEqual([]);
  });

  it.each(['', 'ab', `${'0'.repeat(63)}x`, `${'0'.repeat(64)}&name=x`])(
    'refuses %j',
    async (text) => {
      const { status, json } = await live.send(`/api/v1/inventory?fingerprint=${text}`);
      expect([status, json.code, json.field]).toEqual([400, 'invalid-parameter', 'fingerprint']);
    },
  );
});
