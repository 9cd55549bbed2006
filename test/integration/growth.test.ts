import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { call } from '../http/cas/cas-client.ts';
import { captureLog } from '../http/live.ts';
import { sealEnvelope } from '../http/openssl-ca/seal-envelope.ts';
import { openOcspWorker } from '../http/publish/live-ocsp.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { openDatabase } from '../store/database.ts';
import { type Meter, meterDatabase } from '../store/meter.ts';
import { openWorker } from './worker.ts';

captureLog();

const FEW = 1000;
const MANY = 50_000;
/** How many old bodies there are for the one run of the job. */
const OLD = 100;
/** An index has a leaf more here and there. */
const SLACK = 3;
/** A list is put together from chunks of many entries: their names are read, not the entries. */
const ENTRIES_PER_ROW = 100;

/** So many certificates, valid and revoked by turns, in partitions of 20,000; OLD more that expired long ago. */
async function fill(db: D1Database, count: number): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  for (let from = 0; from < count + OLD; from += 10_000) {
    const numbers = JSON.stringify(
      Array.from({ length: Math.min(10_000, count + OLD - from) }, (_, index) => from + index),
    );
    await db.batch([
      db
        .prepare(
          `INSERT INTO certificates
             (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
              not_before_s, not_after_s, issued_at_ms, crl_partition)
           SELECT printf('5%09x', value), 'default', 'CN=' || value, printf('%064x', value),
             iif(value < ?3, 'MAA=', (SELECT certificate FROM certificates WHERE account_id = 'root')), 'tls-server',
             'cas', 'root', 0, iif(value < ?3, ?2 + 86400, 1000), value, value / 20000
           FROM json_each(?1)`,
        )
        .bind(numbers, nowSeconds, count),
      db
        .prepare(
          `INSERT INTO certificate_identifiers SELECT 'id-' || value, 'default', printf('5%09x', value)
           FROM json_each(?1)`,
        )
        .bind(numbers),
      db
        .prepare(
          `INSERT INTO revocations
             (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
           SELECT 'default', printf('5%09x', value), value, ?2, 4, ?2 + 86400, value / 20000
           FROM json_each(?1) WHERE value % 2 = 1 AND value < ?3`,
        )
        .bind(numbers, nowSeconds, count),
      db
        .prepare(
          `INSERT INTO audit_events (at_ms, account_id, actor, action, outcome, request_id, hash)
           SELECT value, 'root', 'root-key', 'certificate.issue', 'done', 'r', 'aa' FROM json_each(?1)`,
        )
        .bind(numbers),
    ]);
  }
  await db
    .prepare('UPDATE audit_head SET position = (SELECT MAX(position) FROM audit_events)')
    .run();
  await db
    .prepare('UPDATE cas_certificate_counts SET total = ?1')
    .bind(count + OLD)
    .run();
  await db
    .prepare(
      "UPDATE authorities SET revocation_revision = ?1, reserved_slots = 20 WHERE id = 'default'",
    )
    .bind(count + OLD)
    .run();
}

const LISTS = [
  '/crl/default/0.crl',
  '/crl/default/0-delta.crl',
  '/crl/default/delta.crl',
  '/crl/default.crl',
];

async function measure(count: number): Promise<Readonly<Record<string, Meter>>> {
  const { db, meter } = meterDatabase(await openDatabase());
  const live = await openOcspWorker({}, db);
  await live.issue();
  const csr = await makeCsrPem({ subject: [commonName('signed.test')] });
  const json = { headers: { Accept: 'application/json' } };
  const results: Record<string, Meter> = {};
  async function run<T>(name: string, work: () => Promise<T>): Promise<T> {
    Object.assign(meter, { rowsRead: 0, rowsWritten: 0 });
    const result = await work();
    results[name] = { ...meter };
    return result;
  }
  const succeed = async (path: string, sending: Parameters<typeof live.send>[1] = {}) => {
    const answer = await live.send(path, sending);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json;
  };

  const cas = await openWorker({ CALLS_PER_ACCESS_KEY: undefined }, db);
  const issueByCas = async () =>
    call(
      cas,
      {
        ParentIdentifier: 'default',
        Csr: await makeCsrPem({ subject: [commonName('cas.test')] }),
        Days: '1',
      },
      { action: 'CreateServerCertificateWithCsr' },
    );
  await issueByCas();
  await fill(db, count);

  const issued = await run('CAS issue', issueByCas);
  expect(issued.status, issued.text).toBe(200);
  const { serialHex } = await run('issue', () => live.issue());
  const envelope = await sealEnvelope(csr, {
    mode: 'cfb8',
    padded: true,
    secret: env.OPENSSL_CA_SECRET,
  });
  const signed = await run('sign', () =>
    succeed('/api/ca/sign', { as: null, body: { csr_body: envelope } }),
  );
  expect(signed).toMatchObject({ status: 0 });
  await run('get', () => succeed(`/api/v1/certificates/${serialHex}`, json));
  const question = await live.request(serialHex);
  const { ocsp } = await run('OCSP', () => live.post('default', question));
  expect(ocsp.singles[0]?.status).toBe('good');
  await run('audit page', () => succeed('/api/v1/audit?limit=100'));
  for (const path of ['/crl/default.crl', '/crl/default/0.crl']) {
    expect((await live.ask(path)).response.status).toBe(200);
  }
  await run('revoke', () => live.revoke(serialHex));
  for (const path of LISTS) {
    const { response } = await run(path, () => live.ask(path));
    expect(response.status).toBe(200);
  }
  const page = await run('CAS page', () =>
    call(cas, { ShowSize: '20' }, { action: 'ListClientCertificate' }),
  );
  expect(page.body).toMatchObject({ TotalCount: count + OLD + 1 });
  await run('seal', () => succeed('/api/v1/jobs/seal-audit', { method: 'POST' }));
  const { report } = await run('clean-up', () =>
    succeed('/api/v1/jobs/clean-up', { method: 'POST' }),
  );
  expect(report).toMatchObject({ certificateBodies: OLD });
  return results;
}

it('reads and writes no more rows with 50 times as many certificates and revocations', async () => {
  const few = await measure(FEW);
  const many = await measure(MANY);
  for (const [name, { rowsRead, rowsWritten }] of Object.entries(many)) {
    const chunks = LISTS.includes(name) ? (MANY - FEW) / 2 / ENTRIES_PER_ROW : 0;
    expect(rowsRead, name).toBeLessThanOrEqual((few[name]?.rowsRead ?? 0) + SLACK + chunks);
    expect(rowsWritten, name).toBeLessThanOrEqual((few[name]?.rowsWritten ?? 0) + SLACK);
  }
}, 120_000);
