import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIONS } from '../../../src/http/cas/actions.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { countRows } from '../../store/database.ts';
import { call, createKey, listEvents } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

const countWritten = () =>
  Promise.all(['nonces', 'audit_events'].map((table) => countRows(worker.db, table)));

describe.each([
  ['disabled', 'UPDATE access_keys SET enabled = 0', 'InvalidAccessKeyId.Inactive'],
  ['expired', 'UPDATE access_keys SET expires_at_s = 1', 'InvalidAccessKeyId.Inactive'],
  ['deleted', 'DELETE FROM access_keys', 'InvalidAccessKeyId.NotFound'],
])('an access key that was %s while an isolate has its secret', (_, sql, code) => {
  it.each([...ACTIONS.keys(), 'NoSuchAction'])('records nothing by %s', async (action) => {
    const key = await createKey(worker, ['yundun-cert:*']);
    await call(worker, {}, { key, action: 'DescribeCACertificateList' });
    await worker.db.prepare(sql).run();
    const before = await countWritten();
    const parameters: Record<string, string>[] = [
      {},
      {
        Identifier: 'default',
        ParentIdentifier: 'default',
        CommonName: 'x',
        Days: '1',
        Status: 'REVOKE',
      },
    ];
    for (const each of parameters) {
      expect((await call(worker, each, { key, action })).body.Code).toBe(code);
    }
    expect(await countWritten()).toEqual(before);
  });
});

describe('the refused calls of an access key', () => {
  it('are recorded a hundred times an hour', async () => {
    const key = await createKey(worker, ['yundun-cert:GetCAInstanceStatus']);
    const refuse = (action: string) => call(worker, {}, { key, action });
    for (let count = 0; count < 60; count++) {
      await refuse('GetCAInstanceStatus');
      await refuse('CreateRootCACertificate');
    }
    expect(await listEvents(worker, 'cas.call')).toHaveLength(100);
    const other = await createKey(worker, ['inventory:Read']);
    await call(worker, {}, { key: other, action: 'GetCAInstanceStatus' });
    expect(await listEvents(worker, 'cas.call')).toHaveLength(101);
    await worker.db.prepare('UPDATE audit_events SET at_ms = at_ms - 3600000').run();
    await refuse('GetCAInstanceStatus');
    expect(await listEvents(worker, 'cas.call')).toHaveLength(102);
    // Those that a clock that was ahead has recorded do not count.
    await worker.db.prepare('UPDATE audit_events SET at_ms = at_ms + 90000000').run();
    await refuse('GetCAInstanceStatus');
    expect(await listEvents(worker, 'cas.call')).toHaveLength(103);
  });

  it('do not let a replay through once they are not recorded any more', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    const refuse = (nonce: string) =>
      call(worker, {}, { key, nonce, action: 'GetCAInstanceStatus' });
    for (let count = 0; count < 101; count++) await refuse(`n${count}`);
    for (const nonce of ['n0', 'n100']) {
      expect((await refuse(nonce)).body.Code).toBe('SignatureNonceUsed');
    }
    expect(await listEvents(worker, 'cas.call')).toHaveLength(100);
  });
});
