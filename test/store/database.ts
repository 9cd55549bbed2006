import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Access } from '../../src/access/principal.ts';
import type { AuditAction, AuditEvent } from '../../src/audit/event.ts';
import type { AuditFilters } from '../../src/audit/store.ts';
import { sha256Hex } from '../../src/bytes.ts';
import type { IssuanceCommit, IssuedCertificate } from '../../src/issuance/store.ts';
import type { RevocationCommit } from '../../src/revocation/store.ts';
import { createAuthorityStore } from '../../src/store/authority.ts';
import { makeAuthorityRecord } from '../make-authority.ts';
import { createMachineDatabase } from './machine-database.ts';

export const NOW_SECONDS = Date.UTC(2030, 0, 2, 3, 4, 5) / 1000;
export const NOW_MS = NOW_SECONDS * 1000;
export const AUTHORITY_DER = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x07);

/** Sees the rows of all accounts. */
export const ROOT_ACCESS: Access = { accountId: 'root', grant: null, nowSeconds: NOW_SECONDS };

const LIST_TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table'
  AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'`;

/** Returns an empty database with the real schema, and empties the cache. */
export async function openDatabase(): Promise<D1Database> {
  // The project `machine` has the record of a machine: a new object for each test.
  if (env.RECORD !== undefined) return createMachineDatabase(env.RECORD.getByName(randomName()));
  const db = env.DB;
  await settleCalls();
  await reset();
  // reset() misses objects that workerd has evicted, so tables of an earlier file may be left.
  const { results } = await db.prepare(LIST_TABLES).all<{ name: string }>();
  const schema = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries);
  await db.batch([
    db.prepare('PRAGMA defer_foreign_keys = true'),
    ...results.map(({ name }) => db.prepare(`DROP TABLE ${name}`)),
    ...schema.map((statement) => db.prepare(statement)),
  ]);
  return wrapCalls(db, noteCall);
}

/** Calls that have not ended, such as those that a Worker makes after its answer. */
const calls = new Set<Promise<unknown>>();
const MAX_SETTLE_MS = 1000;

function noteCall<T>(run: () => Promise<T>): Promise<T> {
  const call = run();
  calls.add(call);
  const remove = () => calls.delete(call);
  call.then(remove, remove);
  return call;
}

/** Lets the calls of the former test end: `reset` breaks those that run, and workerd prints each. */
async function settleCalls(): Promise<void> {
  const endMs = Date.now() + MAX_SETTLE_MS;
  while (calls.size > 0 && Date.now() < endMs) {
    await Promise.race([Promise.allSettled(calls), scheduler.wait(MAX_SETTLE_MS)]);
    // What a call gave may lead to the next one.
    await scheduler.wait(0);
  }
  calls.clear();
}

function randomName(): string {
  return crypto.randomUUID();
}

/** Opens a database with one authority and its audit event. */
export async function openDatabaseWithAuthority(id = 'default'): Promise<D1Database> {
  const db = await openDatabase();
  await addAuthority(db, id);
  return db;
}

export async function addAuthority(db: D1Database, id: string): Promise<void> {
  await createAuthorityStore(db).createAuthority(
    makeAuthorityRecord({ generationId: id, certificateDer: AUTHORITY_DER, createdAtMs: NOW_MS }),
    `name of ${id}`,
    makeEvent('authority.create', id),
  );
}

export function makeEvent(action: AuditAction, target: string): AuditEvent {
  return {
    atMs: NOW_MS,
    accountId: 'root',
    actor: 'root-key',
    action,
    outcome: 'done',
    authorityId: 'default',
    target,
    detail: { subject: 'CN=a' },
    request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
  };
}

export function makeCertificate(overrides: Partial<IssuedCertificate> = {}): IssuedCertificate {
  return {
    authorityId: 'default',
    serialHex: 'a1',
    subject: 'CN=a',
    publicKeyIdHex: 'aa'.repeat(32),
    certificateDer: Uint8Array.of(0x30, 0x00),
    profile: 'tls',
    origin: 'api',
    accountId: 'root',
    notBeforeSeconds: NOW_SECONDS,
    notAfterSeconds: NOW_SECONDS + 86400,
    issuedAtMs: NOW_MS,
    ...overrides,
  };
}

export const NO_AUDIT_FILTERS: AuditFilters = {
  target: null,
  actor: null,
  action: null,
  outcome: null,
  accountId: null,
  fromMs: null,
  untilMs: null,
};

export async function makeIssuance(
  overrides: Partial<IssuedCertificate> = {},
  uniqueSubject: string | null = null,
): Promise<IssuanceCommit> {
  const certificate = makeCertificate(overrides);
  return {
    certificate,
    terms: [],
    issuerChainSha256Hex: await sha256Hex(AUTHORITY_DER),
    crlPartition: 3,
    subjectKey: uniqueSubject,
    isCa: false,
    uniqueSubject,
    identifier: null,
    customIdentifier: null,
    instanceId: null,
    bounds: null,
    acmeOrder: null,
    nonce: null,
    grant: null,
    audit: makeEvent('certificate.issue', certificate.serialHex),
  };
}

export function makeRevocation(
  serialHex: string,
  overrides: Partial<RevocationCommit> = {},
): RevocationCommit {
  return {
    authorityId: 'default',
    serialHex,
    revokedAtSeconds: NOW_SECONDS,
    reason: 0,
    invalidityDateSeconds: null,
    accountId: 'root',
    grant: null,
    audit: makeEvent('certificate.revoke', serialHex),
    ...overrides,
  };
}

export async function countRows(db: D1Database, table: string): Promise<number> {
  return (await db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<number>('n')) ?? -1;
}

/** Tells whether an unrevoked certificate of `default` holds the subject (base64 of DER) now. */
export async function isSubjectHeld(db: D1Database, subject: string): Promise<boolean> {
  const holder = db.prepare(
    `SELECT 1 FROM subject_holders WHERE authority_id = 'default' AND subject = ? AND not_after_s >= ?
     AND serial NOT IN (SELECT serial FROM revocations WHERE authority_id = 'default')`,
  );
  return (await holder.bind(subject, NOW_SECONDS).first()) !== null;
}

/** Wraps `db`, counts round trips, and throws before or after the chosen one. */
export function instrument(db: D1Database): {
  readonly db: D1Database;
  readonly calls: { count: number };
  failAt(call: number, when: 'before' | 'after'): void;
  /** Keeps a later call waiting until the returned function is called. */
  holdAt(call: number): () => void;
} {
  const calls = { count: 0 };
  let fault: { call: number; when: 'before' | 'after' } | null = null;
  let held: { readonly call: number; readonly until: Promise<void> } | null = null;
  async function trip<T>(run: () => Promise<T>): Promise<T> {
    calls.count++;
    const faulty = fault?.call === calls.count;
    if (held?.call === calls.count) await held.until;
    if (faulty && fault?.when === 'before') throw new Error('D1_ERROR: injected');
    const answer = await run();
    if (faulty) throw new Error('D1_ERROR: Network connection lost.');
    return answer;
  }
  return {
    db: wrapCalls(db, trip),
    calls,
    failAt(call, when) {
      fault = { call: calls.count + call, when };
    },
    holdAt(call) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = { call: calls.count + call, until: promise };
      return resolve;
    },
  };
}

/** Returns a database whose calls `trip` makes. */
function wrapCalls(db: D1Database, trip: <T>(run: () => Promise<T>) => Promise<T>): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  function wrapStatement(statement: D1PreparedStatement): D1PreparedStatement {
    const proxy = new Proxy(statement, {
      get(target, property) {
        if (property === 'bind') {
          return (...values: unknown[]) => wrapStatement(target.bind(...values));
        }
        const member: unknown = Reflect.get(target, property);
        return typeof member === 'function'
          ? (...values: unknown[]) => trip(() => Reflect.apply(member, target, values))
          : member;
      },
    });
    originals.set(proxy, statement);
    return proxy;
  }
  return new Proxy(db, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => wrapStatement(target.prepare(sql));
      if (property === 'batch') {
        return (statements: D1PreparedStatement[]) =>
          trip(() => target.batch(statements.map((each) => originals.get(each) ?? each)));
      }
      // An async function that returns the database looks for it.
      if (property === 'then') return undefined;
      throw new Error(`unexpected use of D1: ${String(property)}`);
    },
  });
}
