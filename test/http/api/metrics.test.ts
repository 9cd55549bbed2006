import { describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const CERTIFICATES = '/api/v1/certificates';

async function issue(live: LiveWorker, validitySeconds: number): Promise<string> {
  const csr = await makeCsrPem({ subject: [commonName('host.test')] });
  const headers = { Accept: 'application/json' };
  const { json } = await live.send(CERTIFICATES, { body: { csr, validitySeconds }, headers });
  return String(json.serial);
}

async function read(live: LiveWorker): Promise<ReadonlyMap<string, number>> {
  const { text } = await live.send('/metrics');
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const certificates = (state: string) =>
  `signet_certificates{authority="default",profile="tls-server-client",state="${state}"}`;
const expiring = (within: string) =>
  `signet_certificates_expiring{authority="default",profile="tls-server-client",within="${within}"}`;
const revocations = (reason: string) =>
  `signet_revocations{authority="default",reason="${reason}"}`;

describe('GET /metrics', () => {
  it('answers OpenMetrics to the account root with the scope', async () => {
    const live = await openWorker();
    const answer = await live.send('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(answer.text).toMatch(/# EOF\n$/);
    const account = await live.createAccount();
    const { basic } = await live.createKey(['metrics:Read'], account);
    expect((await live.send('/metrics', { as: basic })).status).toBe(403);
    const own = await live.createKey(['metrics:Read']);
    expect((await live.send('/metrics', { as: own.bearer })).status).toBe(200);
    expect((await live.send('/metrics', { as: null })).status).toBe(401);
  });

  it('follows certificates through their states', async () => {
    const live = await openWorker();
    const day = 86_400;
    const held = await issue(live, 20 * day);
    await issue(live, 5 * day);
    const revoked = await issue(live, 100 * day);
    let figures = await read(live);
    expect(figures.get(certificates('valid'))).toBe(3);
    expect(figures.get(expiring('7d'))).toBe(1);
    expect(figures.get(expiring('30d'))).toBe(2);
    const revoke = (serial: string, reason: string) =>
      live.send(`${CERTIFICATES}/${serial}/revoke`, { body: { reason } });
    await revoke(held, 'certificateHold');
    await revoke(revoked, 'keyCompromise');
    figures = await read(live);
    expect(figures.get(certificates('valid'))).toBe(1);
    expect(figures.get(certificates('on-hold'))).toBe(1);
    expect(figures.get(certificates('revoked'))).toBe(1);
    expect(figures.get(expiring('30d'))).toBe(1);
    expect(figures.get(revocations('certificateHold'))).toBe(1);
    expect(figures.get(revocations('keyCompromise'))).toBe(1);
    await revoke(held, 'superseded');
    figures = await read(live);
    expect(figures.get(certificates('on-hold'))).toBe(0);
    expect(figures.get(certificates('revoked'))).toBe(2);
    expect(figures.get(revocations('certificateHold'))).toBeUndefined();
    const expire = 'UPDATE certificates SET not_after_s = unixepoch() - 100000 WHERE serial = ?1';
    await live.db.prepare(expire).bind(revoked).run();
    await live.db
      .prepare(expire)
      .bind(await issue(live, 9 * day))
      .run();
    figures = await read(live);
    expect(figures.get(certificates('expired'))).toBe(1);
    expect(figures.get(certificates('revoked'))).toBe(2);
    expect(figures.get(certificates('valid'))).toBe(1);
  });

  it('counts what a release undoes', async () => {
    const live = await openWorker();
    const serial = await issue(live, 86_400 * 3);
    await live.send(`${CERTIFICATES}/${serial}/revoke`, { body: { reason: 'certificateHold' } });
    await live.send(`${CERTIFICATES}/${serial}/release`, { method: 'POST' });
    const figures = await read(live);
    expect(figures.get(certificates('valid'))).toBe(1);
    expect(figures.get(certificates('on-hold'))).toBe(0);
  });

  it('reports lists, jobs, authorities and the isolate', async () => {
    const live = await openWorker();
    await live.send('/crl/default.crl', { as: null });
    await live.send('/api/v1/jobs/seal-audit', { method: 'POST' });
    const figures = await read(live);
    const list = 'authority="default",list="complete"';
    expect(figures.get(`signet_crl_entries{${list}}`)).toBe(0);
    expect(figures.get(`signet_crl_size_bytes{${list}}`)).toBeGreaterThan(100);
    const nowSeconds = Date.now() / 1000;
    expect(figures.get(`signet_crl_next_update_timestamp_seconds{${list}}`)).toBeGreaterThan(
      nowSeconds,
    );
    expect(figures.get('signet_job_runs_total{job="seal-audit"}')).toBe(1);
    expect(figures.get('signet_job_failures_total{job="seal-audit"}')).toBe(0);
    expect(
      figures.get('signet_authority_not_after_timestamp_seconds{authority="default"}'),
    ).toBeGreaterThan(nowSeconds);
    const crl = 'signet_isolate_requests_total{route="/crl/:authority",status="200"}';
    expect(figures.get(crl)).toBeGreaterThan(0);
    expect(figures.get('signet_isolate_d1_round_trips_total')).toBeGreaterThan(0);
  });

  it('tells how far behind a webhook is', async () => {
    const live = await openWorker();
    const { json } = await live.send('/api/v1/webhooks', {
      body: { name: 'mail', url: 'https://hooks.test/x' },
    });
    const webhook = String(json.id);
    const before = await read(live);
    const unread = `signet_webhook_unread_events{webhook="${webhook}"}`;
    await issue(live, 86_400);
    const after = await read(live);
    expect(after.get(unread)).toBe((before.get(unread) ?? 0) + 1);
    expect(after.get(`signet_webhook_enabled{webhook="${webhook}"}`)).toBe(1);
    expect(after.get(`signet_webhook_retrying_events{webhook="${webhook}"}`)).toBe(0);
  });
});
