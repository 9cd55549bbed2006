import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import type { IssuanceStore } from '../../src/issuance/store.ts';
import { createAuthorityStore } from '../../src/store/authority.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { decodeCsr } from '../../src/x509/certificate/csr.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeAuthorityRecord } from '../make-authority.ts';
import { countRows, instrument, makeEvent, openDatabase } from '../store/database.ts';
import { makeRoot } from './authority.ts';
import { makeIssuer, makeRequest } from './issuer.ts';

const CSR_DER = decodeCsr(csrPem('p-256-sha256'));
const UNIQUE = { uniqueSubject: true } as const;

let authority: Awaited<ReturnType<typeof makeRoot>>;
let db: D1Database;
beforeAll(async () => {
  authority = await makeRoot(keyPem('p-384'));
});
beforeEach(async () => {
  db = await openDatabase();
  await createAuthorityStore(db).createAuthority(
    makeAuthorityRecord({ certificateDer: authority.certificateDer }),
    'the name',
    makeEvent('authority.create', authority.generationId),
  );
});

/** How many certificates, events of issuance and holders of subjects are recorded. */
async function countRecorded() {
  return {
    certificates: await countRows(db, 'certificates'),
    events: (await countRows(db, 'audit_events')) - 1,
    holders: await countRows(db, 'subject_holders'),
  };
}

describe('a failing store', () => {
  const broken = new SignetError('record-unavailable', 'The record could not be written.');
  const working = (): IssuanceStore => createIssuanceStore(db);

  it('returns no certificate if it fails before the commit', async () => {
    const store: IssuanceStore = {
      ...working(),
      commitIssuance: async () => {
        throw broken;
      },
    };
    await expect(makeIssuer(store, authority)(makeRequest(CSR_DER))).rejects.toBe(broken);
    expect(await countRecorded()).toEqual({ certificates: 0, events: 0, holders: 0 });
  });

  it('returns no certificate if it fails after the commit, though it is recorded', async () => {
    const { commitIssuance } = working();
    const store: IssuanceStore = {
      commitIssuance: async (commit) => {
        await commitIssuance(commit);
        throw broken;
      },
    };
    await expect(makeIssuer(store, authority)(makeRequest(CSR_DER))).rejects.toBe(broken);
    expect(await countRecorded()).toEqual({ certificates: 1, events: 1, holders: 0 });
  });

  it('is awaited: the certificate is returned after it is recorded', async () => {
    const { commitIssuance } = working();
    const order: string[] = [];
    const store: IssuanceStore = {
      commitIssuance: async (commit) => {
        await scheduler.wait(20);
        const outcome = await commitIssuance(commit);
        order.push('recorded');
        return outcome;
      },
    };
    await makeIssuer(store, authority)(makeRequest(CSR_DER)).then(() => order.push('answered'));
    expect(order).toEqual(['recorded', 'answered']);
  });
});

describe('a failing database', () => {
  const doors = [
    { door: 'with a unique subject', options: UNIQUE, trips: 1 },
    { door: 'without a unique subject', options: {}, trips: 1 },
  ];
  const cases = doors.flatMap(({ door, options, trips }) =>
    Array.from({ length: trips }, (_, at) => at + 1).flatMap((trip) =>
      (['before', 'after'] as const).map((when) => ({ door, options, trips, trip, when })),
    ),
  );

  it.each(cases)('returns no certificate if it fails $when round trip $trip, $door', async (at) => {
    const faulty = instrument(db);
    faulty.failAt(at.trip, at.when);
    const issue = makeIssuer(createIssuanceStore(faulty.db), authority);
    const issuing = issue(makeRequest(CSR_DER, at.options));
    await expect(issuing).rejects.toMatchObject({ code: 'record-unavailable' });
    const committed = at.when === 'after' && at.trip === at.trips ? 1 : 0;
    const { certificates, events } = await countRecorded();
    expect({ certificates, events }).toEqual({ certificates: committed, events: committed });
  });

  it.each(doors)('has this number of round trips $door', async ({ options, trips }) => {
    const { db: counted, calls } = instrument(db);
    await makeIssuer(createIssuanceStore(counted), authority)(makeRequest(CSR_DER, options));
    expect(calls.count).toBe(trips);
  });

  it.each(['audit_events', 'subject_holders'])(
    'rolls the batch back if it fails in the middle, at %s',
    async (table) => {
      await db.prepare(`ALTER TABLE ${table} RENAME TO gone`).run();
      const issue = makeIssuer(createIssuanceStore(db), authority);
      await expect(issue(makeRequest(CSR_DER, UNIQUE))).rejects.toMatchObject({
        code: 'record-unavailable',
      });
      await db.prepare(`ALTER TABLE gone RENAME TO ${table}`).run();
      expect(await countRecorded()).toEqual({ certificates: 0, events: 0, holders: 0 });
    },
  );

  it('issues again when it works again', async () => {
    const faulty = instrument(db);
    const issue = makeIssuer(createIssuanceStore(faulty.db), authority);
    faulty.failAt(1, 'before');
    await expect(issue(makeRequest(CSR_DER))).rejects.toMatchObject({ status: 503 });
    await issue(makeRequest(CSR_DER));
    expect(await countRecorded()).toEqual({ certificates: 1, events: 1, holders: 0 });
  });
});
