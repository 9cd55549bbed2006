import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import type { Services } from '../../../src/http/services.ts';
import { NO_AUDIT_FILTERS } from '../../store/database.ts';
import { BASIC, createFakeServices, send } from '../fakes.ts';

async function call(path: string, method = 'GET', overrides: Partial<Services> = {}) {
  const { services } = await createFakeServices(overrides);
  return send(services, path, { method, headers: { Authorization: BASIC } });
}

const EVENT = {
  position: 3,
  atMs: Date.UTC(2026, 0, 31),
  accountId: 'root',
  actor: 'root-key',
  action: 'certificate.issue',
  outcome: 'done',
  authorityId: 'default',
  target: 'ab',
  detail: '{"profile":"tls-server-client"}',
  requestId: 'id',
  remoteAddress: null,
  country: null,
  hashHex: 'ff',
};

describe('GET /api/v1/audit', () => {
  it('returns a page and the start of the next one', async () => {
    const pages: unknown[] = [];
    const { response } = await call('/api/v1/audit?after=2&limit=1', 'GET', {
      listAuditEvents: async (page) => {
        pages.push(page);
        return { events: [EVENT], nextAfterPosition: 3 };
      },
    });
    expect(pages).toEqual([
      { afterPosition: 2, newestFirst: false, filters: NO_AUDIT_FILTERS, limit: 1 },
    ]);
    expect(await response.json()).toEqual({
      events: [
        {
          position: 3,
          at: '2026-01-31T00:00:00.000Z',
          account: 'root',
          actor: 'root-key',
          action: 'certificate.issue',
          outcome: 'done',
          authority: 'default',
          target: 'ab',
          detail: { profile: 'tls-server-client' },
          requestId: 'id',
          remoteAddress: null,
          country: null,
          hash: 'ff',
        },
      ],
      next: 3,
    });
  });

  it('shows a tampered detail as text', async () => {
    const { response } = await call('/api/v1/audit', 'GET', {
      listAuditEvents: async () => ({
        events: [{ ...EVENT, detail: '{broken' }],
        nextAfterPosition: null,
      }),
    });
    expect(await response.json()).toMatchObject({ events: [{ detail: '{broken' }], next: null });
  });

  it.each([
    'after=x',
    'after=-1',
    'limit=1.5',
    'limit=',
    'after=9999999999999999',
    'order=random',
    'since=now',
  ])('refuses ?%s', async (query) => {
    expect((await call(`/api/v1/audit?${query}`)).response.status).toBe(400);
  });
});

describe('GET /api/v1/audit/verify', () => {
  it('returns the report', async () => {
    const { response, line } = await call('/api/v1/audit/verify');
    expect(await response.json()).toMatchObject({ ok: true, complete: true });
    expect(line).toMatchObject({ route: '/api/v1/audit/verify', level: 'info' });
  });
});

describe('POST /api/v1/jobs/{name}', () => {
  it('runs the job', async () => {
    const { response } = await call('/api/v1/jobs/seal-audit', 'POST');
    expect(await response.json()).toEqual({ job: 'seal-audit', report: { sealed: 0 } });
  });

  it('answers 404 for an unknown name', async () => {
    const { response } = await call('/api/v1/jobs/nothing', 'POST', {
      runJob: async () => {
        throw new SignetError('not-found', 'There is no such job.');
      },
    });
    expect(response.status).toBe(404);
  });
});

describe('GET /healthz', () => {
  it('needs no credentials and returns only booleans', async () => {
    const { services } = await createFakeServices();
    const { response } = await send(services, '/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      secrets: true,
      database: true,
      authority: true,
      audit: true,
    });
  });

  it('answers 503 if a part fails, and logs the reason', async () => {
    const { services } = await createFakeServices({
      checkHealth: async () => {
        throw new Error('no such table');
      },
    });
    const { response, line } = await send(services, '/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      secrets: false,
      database: false,
      authority: false,
      audit: false,
    });
    expect(line.error).toContain('no such table');
  });

  it('answers 503 if the audit record does not verify, and logs why', async () => {
    const { services } = await createFakeServices({
      checkHealth: async () => ({
        secrets: true,
        database: true,
        authority: true,
        audit: false,
        problems: ['The event at 4 is missing.'],
        warnings: [],
      }),
    });
    const { response, line } = await send(services, '/healthz');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ authority: true, audit: false });
    expect(line).toMatchObject({ level: 'error', error: 'The event at 4 is missing.' });
  });
});
