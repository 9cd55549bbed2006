import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { GENESIS_HASH_HEX } from '../../src/audit/chain.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { deriveAuditKeys } from '../../src/keys/derive-audit-keys.ts';
import { createAuditStore } from '../../src/store/audit.ts';
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
/** Number of expired certificates that the clean-up job finds. */
const OLD = 100;
/** A larger index has some more pages. */
const SLACK = 3;
/** A CRL is joined from chunks of many entries: each chunk is one row. */
const ENTRIES_PER_ROW = 100;

/**
 * The measured partition has the same size in both runs. Expired revocations are in no partition.
 */
const LISTED_PARTITION = 5;
const IN_LISTED_PARTITION = 100;
const EXPIRED_REVOCATIONS = 20;
const PARTITION = `CASE WHEN value < ${IN_LISTED_PARTITION} THEN ${LISTED_PARTITION}
  WHEN value >= ${IN_LISTED_PARTITION + 2 * EXPIRED_REVOCATIONS} THEN value / 20000 END`;

/** Adds `count` certificates, every second one revoked, and OLD that expired long ago. */
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
             'cas', 'root', 0, iif(value < ?3, ?2 + 86400, 1000), value, ${PARTITION}
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
           SELECT 'default', printf('5%09x', value), value, ?2, 4, iif(${PARTITION} IS NULL, 1000, ?2 + 86400),
             ${PARTITION}
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
  await addCheckpoint(db);
  await db
    .prepare('UPDATE cas_certificate_counts SET total = ?1')
    .bind(count + OLD)
    .run();
  await db
    .prepare(
      "UPDATE authorities SET revocation_revision = ?1, reserved_slots = ?2 WHERE id = 'default'",
    )
    .bind(count + OLD, (LISTED_PARTITION + 1) * 20_000)
    .run();
}

/** Signs what was filled in, so that the job seals only what comes after it. */
async function addCheckpoint(db: D1Database): Promise<void> {
  const sealingKey = Uint8Array.fromBase64(env.SEALING_KEY);
  const { current } = await deriveAuditKeys(new Map([[1, sealingKey]]));
  if (current === null) throw new Error('no key');
  const { results } = await db
    .prepare('SELECT MAX(position) AS position FROM audit_events')
    .all<{ position: number }>();
  const position = results[0]?.position ?? 0;
  const checkpoint = await signCheckpoint(current, {
    sequence: 1,
    position,
    hashHex: 'aa'.repeat(32),
    predecessorHex: GENESIS_HASH_HEX,
    signedAtMs: 0,
  });
  await createAuditStore(db).commitSeal(null, checkpoint, []);
}

const LISTS = ['', '-delta'].map((kind) => `/crl/default/${LISTED_PARTITION}${kind}.crl`);
const DELTA = '/crl/default/delta.crl';
const COMPLETE = '/crl/default.crl';

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
  expect((await live.ask(COMPLETE)).response.status).toBe(200);
  await run('first list of a partition', () => live.ask(LISTS[0] ?? ''));
  await db
    .prepare('UPDATE certificates SET crl_partition = ?2 WHERE serial = ?1')
    .bind(serialHex, LISTED_PARTITION)
    .run();
  await run('revoke', () => live.revoke(serialHex));
  for (const path of [...LISTS, DELTA, COMPLETE]) {
    const { response } = await run(path, () => live.ask(path));
    expect(response.status).toBe(200);
  }
  const page = await run('CAS page', () =>
    call(cas, { ShowSize: '20' }, { action: 'ListClientCertificate' }),
  );
  expect(page.body).toMatchObject({ TotalCount: count + OLD + 1 });
  const retirement = await run('retire', () =>
    succeed('/api/v1/jobs/retire-revocations', { method: 'POST' }),
  );
  expect(retirement.report).toMatchObject({ retired: EXPIRED_REVOCATIONS });
  await run('seal', () => succeed('/api/v1/jobs/seal-audit', { method: 'POST' }));
  const { report } = await run('clean-up', () =>
    succeed('/api/v1/jobs/clean-up', { method: 'POST' }),
  );
  expect(report).toMatchObject({ certificateBodies: OLD });
  return results;
}

it('does not read or write more rows with 50 times as many certificates and revocations', async () => {
  const few = await measure(FEW);
  const many = await measure(MANY);
  expect(few[LISTS[0] ?? '']?.rowsRead).toBeGreaterThan(0);
  for (const [name, { rowsRead, rowsWritten }] of Object.entries(many)) {
    const chunks = name === COMPLETE ? (MANY - FEW) / 2 / ENTRIES_PER_ROW : 0;
    expect(rowsRead, name).toBeLessThanOrEqual((few[name]?.rowsRead ?? 0) + SLACK + chunks);
    expect(rowsWritten, name).toBeLessThanOrEqual((few[name]?.rowsWritten ?? 0) + SLACK);
  }
}, 120_000);
