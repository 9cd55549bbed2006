import { beforeEach, describe, expect, it } from 'vitest';
import type { EdgePurge, StaleAtEdge } from '../../src/revocation/edge-purge.ts';
import { type RevocationRequest, revokeCertificate } from '../../src/revocation/revoke.ts';
import { createCertificateStore } from '../../src/store/certificate.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  countRows,
  makeIssuance,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
  ROOT_ACCESS,
} from '../store/database.ts';
import { recordPurges } from './record-purges.ts';

function makeRequest(overrides: Partial<RevocationRequest> = {}): RevocationRequest {
  return {
    authorityId: 'default',
    serialHex: 'a1',
    reason: 'keyCompromise',
    invalidityDateSeconds: null,
    principal: { accountId: 'an-account', actor: 'a-key', grant: null, policyId: null },
    request: { requestId: 'a-request', remoteAddress: null, country: null },
    ...overrides,
  };
}

describe('revokeCertificate', () => {
  let db: D1Database;
  let edge: EdgePurge;
  let purges: readonly StaleAtEdge[];
  const revoke = (overrides?: Partial<RevocationRequest>) =>
    revokeCertificate(
      { store: createRevocationStore(db), edge, clock: () => NOW_MS + 999 },
      makeRequest(overrides),
    );

  beforeEach(async () => {
    ({ edge, purges } = recordPurges());
    db = await openDatabaseWithAuthority();
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ accountId: 'an-account' }));
  });

  it('records who revoked what, when and why', async () => {
    const invalidityDateSeconds = NOW_SECONDS - 3600;
    expect(await revoke({ invalidityDateSeconds })).toMatchObject({
      revokedAtSeconds: NOW_SECONDS,
    });
    const [found] = await createCertificateStore(db).findCertificates('a1', null, ROOT_ACCESS);
    expect(found?.revocation).toEqual({
      revokedAtSeconds: NOW_SECONDS,
      reason: 1,
      invalidityDateSeconds,
    });
    const event = await db
      .prepare('SELECT * FROM audit_events ORDER BY position DESC LIMIT 1')
      .first();
    expect(event).toMatchObject({
      at_ms: NOW_MS + 999,
      account_id: 'an-account',
      actor: 'a-key',
      action: 'certificate.revoke',
      outcome: 'done',
      authority_id: 'default',
      target: 'a1',
      detail: `{"reason":"keyCompromise","invalidityDateSeconds":${invalidityDateSeconds}}`,
      request_id: 'a-request',
      remote_address: null,
    });
  });

  it('purges the lists and OCSP responses of the certificate', async () => {
    await revoke();
    expect(purges).toEqual([
      { revocations: [{ authorityId: 'default', crlPartition: 3, serialHex: 'a1', revision: 1 }] },
    ]);
    await expect(revoke()).rejects.toMatchObject({ code: 'already-revoked' });
    expect(purges).toHaveLength(1);
  });

  it('throws certificate-not-found for a certificate that the authority did not issue', async () => {
    await expect(revoke({ serialHex: 'a2' })).rejects.toMatchObject({
      code: 'certificate-not-found',
    });
    await expect(revoke({ authorityId: 'other' })).rejects.toMatchObject({
      code: 'certificate-not-found',
    });
  });

  it('throws already-revoked the second time', async () => {
    await revoke();
    await expect(revoke()).rejects.toMatchObject({ code: 'already-revoked' });
  });

  it('blocks the key of an already revoked certificate on keyCompromise, and says so', async () => {
    await revoke({ reason: 'superseded' });
    await expect(revoke({ reason: 'superseded' })).rejects.toMatchObject({
      code: 'already-revoked',
      message: 'The certificate is revoked already.',
    });
    await expect(revoke()).rejects.toMatchObject({
      code: 'already-revoked',
      message: expect.stringContaining('Its key is blocked'),
      field: 'serial',
    });
  });

  it.each([NOW_SECONDS + 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses the invalidity date %d',
    async (invalidityDateSeconds) => {
      await expect(revoke({ invalidityDateSeconds })).rejects.toMatchObject({
        code: 'invalid-parameter',
        field: 'invalidityDate',
      });
      expect(await countRows(db, 'revocations')).toBe(0);
    },
  );

  it.each([NOW_SECONDS, 0])('accepts the invalidity date %d', async (invalidityDateSeconds) => {
    await revoke({ invalidityDateSeconds });
    expect(await countRows(db, 'revocations')).toBe(1);
  });
});
