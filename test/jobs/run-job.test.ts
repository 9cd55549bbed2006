import { beforeEach, describe, expect, it } from 'vitest';
import { type JobDependencies, runAllJobs, runJob } from '../../src/jobs/run-job.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { NO_ENTRIES } from '../../src/lists/list-store.ts';
import { createAcmeCertificateStore } from '../../src/store/acme-certificate.ts';
import { createUnfinishedStore } from '../../src/store/acme-unfinished.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { createAuthorityAnnouncementStore } from '../../src/store/authority-expiry.ts';
import { createExpiredCertificateStore } from '../../src/store/expired-certificate.ts';
import { createIdempotencyStore } from '../../src/store/idempotency-key.ts';
import { createExpiryStore } from '../../src/store/inventory-expiry.ts';
import { createNonceStore } from '../../src/store/nonce.ts';
import { createPurgeStore } from '../../src/store/purge.ts';
import { createRetirementStore } from '../../src/store/retirement.ts';
import {
  createSealedAccessKeyStore,
  createSealedPrivateKeyStore,
} from '../../src/store/sealed-texts.ts';
import { createIndexStore } from '../../src/store/search-terms.ts';
import { createDeliveryStore } from '../../src/store/webhook-delivery.ts';
import { createAnnouncementStore } from '../../src/store/webhook-expiry.ts';
import { deriveTestKeys } from '../audit/forge.ts';
import { makeAuthority, makeListDependencies } from '../lists/test-authority.ts';
import { addAuthority, NOW_MS, openDatabaseWithAuthority } from '../store/database.ts';

const NOTHING_LEFT = {
  certificateBodies: 0,
  subjects: 0,
  policyCertificates: 0,
  acmeOrders: 0,
  acmeAuthorizations: 0,
  nonces: 0,
  idempotencyKeys: 0,
  sessions: 0,
  more: false,
};

describe('runJob', () => {
  let dependencies: JobDependencies;

  beforeEach(async () => {
    const db = await openDatabaseWithAuthority();
    await addAuthority(db, 'other');
    const { authority } = await makeAuthority();
    const clock = () => NOW_MS;
    dependencies = {
      seal: { store: createAuditStore(db), clock, keys: await deriveTestKeys(1) },
      crl: makeListDependencies(db, clock),
      retirement: { store: createRetirementStore(db), clock },
      purge: {
        store: createPurgeStore(db),
        edge: { purgesEverywhere: () => false, tryPurge: async () => false },
      },
      reseal: {
        sealer: createSealer(new Map([[1, new Uint8Array(32)]])),
        stores: [createSealedPrivateKeyStore(db), createSealedAccessKeyStore(db)],
        random: Math.random,
      },
      expiring: {
        store: createExpiryStore(db),
        thresholdDays: [30],
        clock,
        writeEvent: () => {},
      },
      announcements: {
        store: createAnnouncementStore(db),
        thresholdDays: [30],
        clock,
        randomBytes: (length) => new Uint8Array(length),
      },
      authorityAnnouncements: {
        store: createAuthorityAnnouncementStore(db),
        listGenerations: async () => ['default', 'other'],
        thresholdDays: [30],
        clock,
        randomBytes: (length) => new Uint8Array(length),
      },
      deliveries: {
        store: createDeliveryStore(db),
        sealer: createSealer(new Map()),
        post: () => Promise.reject(new Error('no receiver')),
        maxAttempts: 30,
        clock,
        randomBytes: (length) => new Uint8Array(length),
        writeProblem: () => {},
      },
      index: { store: createIndexStore(db) },
      noteRun: async () => {},
      cleanUp: {
        certificates: { store: createExpiredCertificateStore(db), clock, retentionSeconds: 86400 },
        idempotency: { store: createIdempotencyStore(db), clock },
        nonces: { store: createNonceStore(db), clock },
        sessions: { deleteEnded: async () => 0 },
        acme: { store: createAcmeCertificateStore(db), clock },
      },
      unfinished: {
        store: createUnfinishedStore(db),
        accounts: { open: () => Promise.reject(new Error('no account')) },
        authorizations: { resume: async () => {} },
        finalize: { resume: async () => {} },
        clock,
      },
      renewOcspResponders: async () => ({ renewed: 1, failed: 0 }),
      listAuthorities: async () => [{ ...authority, id: 'other', signer: null }, authority],
    };
  });

  it('seals the audit record', async () => {
    expect(await runJob('seal-audit', dependencies)).toEqual({
      sealed: 2,
      sealedThrough: 2,
      checkpoint: expect.any(String),
    });
  });

  it('builds the CRLs that are due even if others fail', async () => {
    await expect(runJob('renew-crl', dependencies)).rejects.toMatchObject({
      code: 'authority-unavailable',
    });
    expect(
      (
        await dependencies.crl.store.findList(
          { authorityId: 'default', crlPartition: -1 },
          NO_ENTRIES,
        )
      ).list?.number,
    ).toBe(1);
    const { listAuthorities } = dependencies;
    const usable = async () => (await listAuthorities()).filter(({ signer }) => signer !== null);
    const report = await runJob('renew-crl', { ...dependencies, listAuthorities: usable });
    expect(report).toEqual({ default: 1 });
  });

  it('builds the CRLs of partitions even if one of them fails', async () => {
    const { crl, listAuthorities } = dependencies;
    const { store } = crl;
    const built: number[] = [];
    const failing: typeof store = {
      ...store,
      listEnding: async () => [1, 2],
      findList: async (scope, held) => {
        if (scope.crlPartition === 1) throw new Error('damaged');
        built.push(scope.crlPartition);
        return store.findList(scope, held);
      },
    };
    const job = runJob('renew-crl', {
      ...dependencies,
      crl: { ...crl, store: failing },
      listAuthorities: async () => (await listAuthorities()).slice(1),
    });
    await expect(job).rejects.toThrow('damaged');
    expect(built).toContain(2);
  });

  it.each([
    ['retire-revocations', { retired: 0, releases: 0, chunks: 0 }],
    ['reseal', { version: 1, resealed: 0, failed: 0, remaining: 0 }],
    ['renew-ocsp-responders', { renewed: 1, failed: 0 }],
    ['mark-expiring', { expiring: 0, expired: 0 }],
    ['announce-expiring', { authorities: 0, announced: 0, more: false }],
    ['finish-acme', { validations: 0, orders: 0, failed: 0 }],
    ['index-certificates', { indexed: 0, more: false }],
    ['clean-up', NOTHING_LEFT],
  ])('runs %s if there is nothing to do', async (name, report) => {
    expect(await runJob(name, dependencies)).toEqual(report);
  });

  it.each(['', 'seal', 'toString', '__proto__'])('throws not-found for %j', async (name) => {
    await expect(runJob(name, dependencies)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('runs all jobs even if one fails', async () => {
    const failing = {
      ...dependencies,
      seal: { ...dependencies.seal, clock: () => Number.NaN },
      listAuthorities: () => Promise.reject(new Error('no list')),
    };
    const results = await runAllJobs(failing, () => 0);
    expect(results.map(({ name }) => name)).toEqual([
      'seal-audit',
      'renew-crl',
      'retire-revocations',
      'purge-edge',
      'reseal',
      'renew-ocsp-responders',
      'mark-expiring',
      'announce-expiring',
      'deliver-webhooks',
      'finish-acme',
      'index-certificates',
      'clean-up',
    ]);
    expect(results[1]).toMatchObject({ error: new Error('no list') });
    const sound = await runAllJobs({ ...dependencies, listAuthorities: async () => [] }, () => 0);
    expect(sound[0]).toMatchObject({ report: { sealedThrough: 2 } });
    expect(sound[1]).toEqual({ name: 'renew-crl', report: {} });
  });

  it('seals first, and begins the other jobs with another one each time', async () => {
    const seconds = new Set<unknown>();
    for (let share = 0; share < 1; share += 1 / 7) {
      const names = (await runAllJobs(dependencies, () => share)).map(({ name }) => name);
      expect(names[0]).toBe('seal-audit');
      expect(new Set(names).size).toBe(12);
      seconds.add(names[1]);
    }
    expect(seconds.size).toBe(8);
  });
});
