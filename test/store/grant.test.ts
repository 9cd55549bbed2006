import { beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../src/access/principal.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { createAccessKeyStore } from '../../src/store/access-key.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createHistoryStore } from '../../src/store/history.ts';
import { createIdempotencyStore } from '../../src/store/idempotency-key.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  countRows,
  instrument,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NO_AUDIT_FILTERS,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from './database.ts';

const KEY_ID = 'ak-1';
/** A public key revoked for keyCompromise. */
const BLOCKED = 'bb'.repeat(32);

function grantOf(scope: Scope): Grant {
  return { accessKeyId: KEY_ID, scope };
}

/** One operation of each store with an access key, without the reads that a request does before it. */
const OPERATIONS: readonly (readonly [
  string,
  Scope,
  unknown,
  (db: D1Database) => Promise<unknown>,
])[] = [
  [
    'issuing',
    'certificates:Issue',
    'committed',
    async (db) => {
      const grant = grantOf('certificates:Issue');
      const commit = { ...(await makeIssuance({ serialHex: 'b1' })), grant };
      return createIssuanceStore(db).commitIssuance(commit);
    },
  ],
  [
    'issuing for a unique subject',
    'certificates:Issue',
    'committed',
    async (db) => {
      const grant = grantOf('certificates:Issue');
      const commit = { ...(await makeIssuance({ serialHex: 'b1' }, 'MAA=')), grant };
      return createIssuanceStore(db).commitIssuance(commit);
    },
  ],
  [
    'issuing for a blocked key',
    'certificates:Issue',
    'key-blocked',
    async (db) => {
      const grant = grantOf('certificates:Issue');
      const commit = {
        ...(await makeIssuance({ serialHex: 'b1', publicKeyIdHex: BLOCKED })),
        grant,
      };
      return createIssuanceStore(db).commitIssuance(commit);
    },
  ],
  [
    'revoking',
    'certificates:Revoke',
    { kind: 'revoked', crlPartition: 3, revision: 3 },
    (db) => {
      const grant = grantOf('certificates:Revoke');
      return createRevocationStore(db).commitRevocation(makeRevocation('a1', { reason: 1, grant }));
    },
  ],
  [
    'blocking the key of what is revoked',
    'certificates:Revoke',
    { kind: 'key-blocked' },
    (db) => {
      const grant = grantOf('certificates:Revoke');
      return createRevocationStore(db).commitRevocation(makeRevocation('d1', { reason: 1, grant }));
    },
  ],
  [
    'finding certificates',
    'certificates:Read',
    [expect.objectContaining({ serialHex: 'a1' })],
    (db) => {
      const access = { ...ROOT_ACCESS, grant: grantOf('certificates:Read') };
      return createCertificateStore(db).findCertificates('a1', null, access);
    },
  ],
  [
    'importing a history',
    'authorities:Manage',
    { certificates: 0, revocations: 0 },
    (db) =>
      createHistoryStore(db).commitHistory({
        authorityId: 'default',
        accountId: 'root',
        importedAtMs: NOW_MS,
        rows: [],
        lastCrlNumber: 9,
        grant: grantOf('authorities:Manage'),
        audit: makeEvent('certificate.import', 'default'),
      }),
  ],
  [
    'listing events',
    'accounts:Manage',
    { rows: expect.arrayContaining([]), stoppedAt: null },
    (db) =>
      createAuditStore(db).listEvents(
        { afterPosition: 0, newestFirst: false, filters: NO_AUDIT_FILTERS, limit: 10 },
        { ...ROOT_ACCESS, grant: grantOf('accounts:Manage') },
      ),
  ],
  [
    'reading the newest checkpoint',
    'accounts:Manage',
    null,
    (db) => createAuditStore(db).readHead({ ...ROOT_ACCESS, grant: grantOf('accounts:Manage') }),
  ],
  [
    'reading a page of the audit record',
    'accounts:Manage',
    expect.objectContaining({ head: null }),
    (db) =>
      createAuditStore(db).readPage(
        { afterPosition: 0, fromSequence: 0, maxEvents: 1, maxCheckpoints: 1 },
        { ...ROOT_ACCESS, grant: grantOf('accounts:Manage') },
      ),
  ],
  [
    'reserving an idempotency key',
    'accounts:Manage',
    'reserved',
    (db) => {
      const check = { grant: grantOf('accounts:Manage'), nowSeconds: NOW_SECONDS };
      const reservation = {
        accountId: 'root',
        key: 'k',
        bodySha256Hex: 'ff',
        reservedAtMs: NOW_MS,
      };
      return createIdempotencyStore(db).reserve(reservation, 0, check);
    },
  ],
];

async function addKey(db: D1Database, enabled: boolean, scopes: readonly string[]): Promise<void> {
  const key = {
    id: KEY_ID,
    accountId: 'root',
    name: 'a key',
    scopes,
    enabled,
    expiresAtSeconds: null,
    policyId: null,
    createdAtMs: NOW_MS,
    lastUsedAtSeconds: null,
  };
  const event = makeEvent('access-key.create', KEY_ID);
  await createAccessKeyStore(db).createAccessKey(key, 'v1.a.b', ROOT_ACCESS, event);
}

const TABLES = [
  'certificates',
  'revocations',
  'blocked_keys',
  'revocation_lists',
  'subject_holders',
  'idempotency_keys',
  'audit_events',
];

describe.each(OPERATIONS)('%s', (_, scope, outcome, operate) => {
  let db: D1Database;

  const count = () => Promise.all(TABLES.map((table) => countRows(db, table)));

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    await createIssuanceStore(db).commitIssuance(await makeIssuance());
    const compromised = await makeIssuance({ serialHex: 'c1', publicKeyIdHex: BLOCKED });
    await createIssuanceStore(db).commitIssuance(compromised);
    await createRevocationStore(db).commitRevocation(makeRevocation('c1', { reason: 1 }));
    const replaced = await makeIssuance({ serialHex: 'd1', publicKeyIdHex: 'dd'.repeat(32) });
    await createIssuanceStore(db).commitIssuance(replaced);
    await createRevocationStore(db).commitRevocation(makeRevocation('d1', { reason: 4 }));
  });

  it('is allowed with the scope', async () => {
    await addKey(db, true, [scope]);
    expect(await operate(db)).toEqual(outcome);
  });

  it.each([
    ['access-key-disabled', false, ['*']],
    ['forbidden', true, ['inventory:*']],
  ] as const)('throws %s and writes nothing', async (code, enabled, scopes) => {
    await addKey(db, enabled, scopes);
    const before = await count();
    await expect(operate(db)).rejects.toMatchObject({ code });
    expect(await count()).toEqual(before);
  });
});

it('reports the real reason if a write fails although the grant holds', async () => {
  const db = await openDatabaseWithAuthority();
  const faulty = instrument(db);
  faulty.failAt(1, 'before');
  const operation = OPERATIONS.find(([name]) => name === 'importing a history');
  await addKey(db, true, ['*']);
  await expect(operation?.[3](faulty.db)).rejects.toMatchObject({ code: 'record-unavailable' });
});
