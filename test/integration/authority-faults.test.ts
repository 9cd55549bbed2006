import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { csrPem } from '../fixtures.ts';
import { post } from '../http/cas/cas-client.ts';
import { countRows } from '../store/database.ts';
import { bodyOfPem, countWhere, restart, UNTHROTTLED } from './fault-records.ts';
import { issueBody, openWorker, type TestWorker } from './worker.ts';

const MOMENTS = ['before', 'after'] as const;

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
const AUTHORITIES = '/api/v1/authorities';

const TABLES = ['authorities', 'certificates', 'authority_certificates', 'revocations'];
const EVENTS = "audit_events WHERE action LIKE 'authority.%' AND outcome = 'done'";

interface Operation {
  readonly name: string;
  /** Makes the authority that it acts on, before the fault. */
  prepare(worker: TestWorker): Promise<string>;
  readonly action: string;
  readonly body: object;
  /** The status if it is sent again after it was done without an answer. */
  readonly again: number;
}

async function createSubordinate(worker: TestWorker, subject = 'CN=Sub CA'): Promise<string> {
  const created = await post(worker, AUTHORITIES, { name: 'Sub', subject, parent: 'default' });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  return created.body.id;
}

async function useDefault(worker: TestWorker): Promise<string> {
  const { response, text } = await worker.send('/ca/default.pem');
  if (response.status !== 200) throw new Error(text);
  return 'default';
}

const NEW = { name: 'New', subject: 'CN=New CA' };
const OPERATIONS: readonly Operation[] = [
  {
    name: 'creating a root',
    prepare: async () => '',
    action: '',
    body: { ...NEW, parent: null },
    again: 400,
  },
  {
    name: 'creating an issuing CA',
    prepare: async () => '',
    action: '',
    body: { ...NEW, parent: 'default' },
    again: 400,
  },
  { name: 'renewing', prepare: createSubordinate, action: '/renew', body: {}, again: 200 },
  {
    name: 're-keying a root',
    prepare: useDefault,
    action: '/rekey',
    body: { keyAlgorithm: 'P-256' },
    again: 200,
  },
  {
    name: 're-keying an issuing CA',
    prepare: createSubordinate,
    action: '/rekey',
    body: { keyAlgorithm: 'P-256' },
    again: 200,
  },
  {
    name: 'revoking',
    prepare: createSubordinate,
    action: '/revoke',
    body: { reason: 'keyCompromise' },
    again: 409,
  },
];

/** Returns all records of authorities, without times. */
async function readRecords(db: D1Database): Promise<string> {
  const [authorities] = await db.batch([
    db.prepare('SELECT id, current, state, certificate_sha256, private_key FROM authorities'),
  ]);
  const counts = await Promise.all(TABLES.map((table) => countRows(db, table)));
  return JSON.stringify([authorities?.results, counts]);
}

/** Checks invariants of the records that no interruption may break. */
async function expectConsistent(db: D1Database): Promise<void> {
  const faults = {
    'a lineage without exactly one current generation': `(
      SELECT lineage FROM authorities GROUP BY lineage HAVING SUM(current) <> 1)`,
    'an authority without the record of its certificate': `authorities AS own
      WHERE parent_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM authority_certificates AS link
        JOIN certificates ON certificates.authority_id = link.issuer_id
          AND certificates.serial = link.serial
        WHERE link.authority_id = own.id AND link.issuer_id = own.parent_id
          AND link.serial = own.serial AND certificates.certificate = own.certificate)`,
    'a CA certificate that belongs to no authority': `certificates
      WHERE NOT EXISTS (
        SELECT 1 FROM authority_certificates AS link
        WHERE link.issuer_id = certificates.authority_id AND link.serial = certificates.serial)`,
    'a generation without its sealed key': `authorities
      WHERE key_source = 'sealed' AND private_key IS NULL`,
    'a revoked CA without a revocation by its parent': `authorities AS own
      WHERE state = 'revoked' AND NOT EXISTS (
        SELECT 1 FROM revocations
        WHERE revocations.authority_id = own.parent_id AND revocations.serial = own.serial)`,
    'a CA with a revocation that is not in state revoked': `revocations
      JOIN authority_certificates AS link ON link.issuer_id = revocations.authority_id
        AND link.serial = revocations.serial
      JOIN authorities AS own ON own.id = link.authority_id
      WHERE own.state <> 'revoked'`,
  };
  for (const [what, sql] of Object.entries(faults)) expect(await countWhere(db, sql), what).toBe(0);
}

/**
 * Checks that an active authority issues with its current generation, and a revoked one does not.
 */
async function expectSigning(worker: TestWorker, id: string): Promise<void> {
  const row = await worker.db
    .prepare('SELECT id, state FROM authorities WHERE lineage = ?1 AND current = 1')
    .bind(id)
    .first<{ id: string; state: string }>();
  const path = `/api/v1/certificates?authority=${id}`;
  const { response, text } = await worker.send(path, issueBody(csrPem('p-384')));
  expect(response.status, text).toBe(row?.state === 'active' ? 201 : 503);
  if (row?.state !== 'active') return;
  const body = bodyOfPem(text);
  const by = 'certificates WHERE certificate = ?1 AND authority_id = ?2';
  expect(await countWhere(worker.db, by, body, row.id)).toBe(1);
}

describe.each(OPERATIONS)('$name', ({ prepare, action, body, again }) => {
  it.each(MOMENTS)(
    'is done completely and recorded once, or not done, if D1 fails %s any round trip',
    async (when) => {
      const statuses: number[] = [];
      let unanswered = 0;
      for (let trip = 1, isHit = true; isHit; trip++) {
        const worker = await openWorker(UNTHROTTLED);
        await useDefault(worker);
        const id = await prepare(worker);
        const path = `${AUTHORITIES}${id === '' ? '' : `/${id}`}${action}`;
        const records = await readRecords(worker.db);
        const events = await countWhere(worker.db, EVENTS);
        worker.failAt(trip, when);
        const from = worker.calls.count;
        const answer = await post(worker, path, body);
        isHit = worker.calls.count - from >= trip;
        // No later call fails.
        worker.failAt(0, when);
        statuses.push(answer.status);

        const done = (await countWhere(worker.db, EVENTS)) - events;
        expect([0, 1]).toContain(done);
        expect((await readRecords(worker.db)) !== records).toBe(done === 1);
        await expectConsistent(worker.db);
        expect(JSON.stringify(answer.body)).not.toMatch(/injected|D1_ERROR|Network/);
        if (answer.status < 300) expect(done).toBe(1);
        else expect(answer.status).toBe(503);

        // The isolate that saw the fault works, and so does a new one.
        const signing = id === '' ? 'default' : id;
        await expectSigning(worker, signing);
        await expectSigning(await restart(worker), signing);
        if (answer.status < 300) continue;
        unanswered += done;
        const repeated = await post(worker, path, body);
        const first = action === '' ? 201 : 200;
        expect(repeated.status, JSON.stringify(repeated.body)).toBe(done === 1 ? again : first);
      }
      if (when === 'after') expect(unanswered).toBeGreaterThan(0);
      expect(statuses[0]).toBe(503);
      expect(statuses.at(-1)).toBeLessThan(300);
    },
  );

  it('is not done at all if the batch fails in the middle', async () => {
    const worker = await openWorker(UNTHROTTLED);
    await useDefault(worker);
    const id = await prepare(worker);
    const path = `${AUTHORITIES}${id === '' ? '' : `/${id}`}${action}`;
    const records = await readRecords(worker.db);
    await worker.db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    expect((await post(worker, path, body)).status).toBe(503);
    await worker.db.prepare('ALTER TABLE gone RENAME TO audit_events').run();
    expect(await readRecords(worker.db)).toBe(records);
    await expectSigning(worker, id === '' ? 'default' : id);
    expect((await post(worker, path, body)).status).toBeLessThan(300);
  });
});
