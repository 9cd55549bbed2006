import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LEAF_KEY_PEM, privateKeyPem, uploadPem } from '../../inventory/uploads.ts';
import { countRows } from '../../store/database.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';
import { create, dump, expire, operate, UPLOAD } from './live-bce.ts';

const log = captureLog();

const POST = { method: 'POST', target: '/v1/certificate', body: UPLOAD };

function replaceBy(live: LiveWorker, id: string) {
  return operate(live, {
    method: 'PUT',
    target: `/v1/certificate/${id}?certData=`,
    body: {
      certName: 'b',
      certServerData: uploadPem('self-rsa'),
      certPrivateData: privateKeyPem('rsa-pkcs8'),
    },
  });
}

async function readRaw(live: LiveWorker, id: string) {
  const target = `/v1/certificate/${id}/rawdata`;
  return (await operate(live, { method: 'GET', target })).json;
}

/** The forms in which a row could leak the private key: lines of its PEM, and encodings of it. */
function traces(pem: string): string[] {
  const der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ''));
  // Skip the prefix that all keys of its kind share.
  const secret = der.subarray(36, 68);
  const again = [0, 1, 2].map((skipped) => secret.subarray(skipped, skipped + 24).toBase64());
  const inBase64 = [0, 1, 2].map((skipped) => btoa(pem.slice(40 + skipped, 82 + skipped)));
  const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('---'));
  return [...lines, ...again, ...inBase64, secret.toHex(), 'PRIVATE KEY', btoa('PRIVATE KEY')];
}

describe('a replacement', () => {
  it.each(['before', 'after'] as const)(
    'is complete or absent if D1 fails %s any round trip',
    async (when) => {
      const statuses = new Set<number>();
      for (let trip = 1; trip <= 3; trip++) {
        const live = await openWorker();
        const id = await create(live);
        await expire(live, id);
        live.counted.failAt(trip, when);
        const { status, json, text } = await replaceBy(live, id);
        statuses.add(status);
        expect(text).not.toMatch(/injected|D1_ERROR|Network/);
        if (status !== 200) expect([status, json.code]).toEqual([500, 'InternalError']);
        // The fault may not have occurred yet.
        live.counted.failAt(0, when);
        const isReplaced = status === 200 || (when === 'after' && trip === 2);
        expect(await readRaw(live, id)).toMatchObject(
          isReplaced
            ? { certName: 'b', certPrivateKey: privateKeyPem('rsa-pkcs8') }
            : { certName: 'a', certPrivateKey: LEAF_KEY_PEM },
        );
      }
      expect(statuses).toEqual(new Set([500, 200]));
    },
  );

  it('that fails in the middle of its batch leaves the old certificate complete', async () => {
    const live = await openWorker();
    const id = await create(live);
    await expire(live, id);
    const before = await dump(live);
    await live.db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    expect((await replaceBy(live, id)).json.code).toBe('InternalError');
    await live.db.prepare('ALTER TABLE gone RENAME TO audit_events').run();
    expect(await dump(live)).toBe(before);
  });
});

describe('without the right SEALING_KEY', () => {
  // Wrong settings.
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}));
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['missing', ''],
    ['too short', btoa('short')],
    ['no base64', '!'],
  ])('nothing is stored if it is %s', async (_, SEALING_KEY) => {
    const live = await openWorker({ SEALING_KEY });
    const before = await dump(live);
    const { status, json, text } = await operate(live, POST);
    expect([status, json.code]).toEqual([500, 'InternalError']);
    expect(text).not.toContain('SEALING_KEY');
    expect(await dump(live)).toBe(before);
    expect(log.lines().join('')).not.toContain(LEAF_KEY_PEM.split('\n')[1]);
    // A certificate without a key needs no sealing and is stored.
    await create(live, { certPrivateData: null, certType: 2 });
  });

  it('no key is returned, and a newer version seals new uploads', async () => {
    const live = await openWorker();
    const id = await create(live);
    const bindings = { SEALING_KEY: '', SEALING_KEY_V2: new Uint8Array(32).fill(9).toBase64() };
    const other = await openWorker(bindings, live.db);
    const target = `/v1/certificate/${id}/rawdata`;
    const { status, json, text } = await operate(other, { method: 'GET', target });
    expect([status, json.code]).toEqual([500, 'InternalError']);
    expect(text).not.toContain('BEGIN');
    // Everything except the key can be read.
    const shown = await operate(other, { method: 'GET', target: `/v1/certificate/${id}` });
    expect(shown.status).toBe(200);
    const newer = await create(other, { certName: 'b' });
    const row = await live.db
      .prepare('SELECT private_key FROM inventory WHERE id = ?1')
      .bind(newer)
      .first<string>('private_key');
    expect(row).toMatch(/^v2\./);
  });
});

describe('a dump of the database', () => {
  it('contains no key and no secret', async () => {
    const live = await openWorker();
    const account = await live.createAccount();
    const key = await live.createKey(['*'], account);
    const kept = await live.send('/api/v1/access-keys', {
      body: { name: 'kept', scopes: ['*'] },
      headers: { 'Idempotency-Key': 'once' },
    });
    const id = await create(live, {}, key);
    await create(live, { certName: 'b', certPrivateData: btoa(LEAF_KEY_PEM) }, key);
    await expire(live, id);
    const target = `/v1/certificate/${id}?certData=`;
    const replaced = await operate(live, { method: 'PUT', target, body: UPLOAD }, key);
    expect(replaced.status).toBe(200);
    const raw = await operate(
      live,
      { method: 'GET', target: target.replace(/\?.*/, '/rawdata') },
      key,
    );
    expect(raw.json.certPrivateKey).toBe(LEAF_KEY_PEM);
    expect(await countRows(live.db, 'idempotency_keys')).toBe(1);

    const rows = await dump(live);
    expect(rows).toContain(id);
    const secrets = [key.secret, String(kept.json.secret), env.ROOT_ACCESS_KEY_SECRET];
    for (const secret of [...secrets, env.SEALING_KEY]) {
      expect(secret.length).toBeGreaterThan(16);
      for (const text of [secret, ...[0, 1, 2].map((at) => btoa(secret.slice(at, at + 15)))]) {
        expect(rows).not.toContain(text);
      }
    }
    for (const trace of traces(LEAF_KEY_PEM)) expect(rows).not.toContain(trace);
  });

  it('that contains a key is detected by this test', async () => {
    const live = await openWorker();
    const id = await create(live);
    const set = 'UPDATE inventory SET private_key = ?2 WHERE id = ?1';
    for (const plain of [LEAF_KEY_PEM, btoa(LEAF_KEY_PEM)]) {
      await live.db.prepare(set).bind(id, plain).run();
      const rows = await dump(live);
      expect(traces(LEAF_KEY_PEM).some((trace) => rows.includes(trace))).toBe(true);
    }
  });
});
