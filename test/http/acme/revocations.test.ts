import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { type AcmeKey, encodeBase64url, makeAcmeKey } from '../../acme/jws.ts';
import { makeKeyPair } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { AcmeClient, BASE } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { createPolicy, obtain, openBound, openWith, order } from './orders.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;

beforeEach(async () => {
  live = await openWorker();
  client = await openBound(live);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = ['a.internal.test', '*.b.internal.test', '10.0.0.5'];

function readLeaf(pem: string): string {
  const [leaf] = parsePem(pem);
  if (leaf === undefined) throw new Error('no certificate');
  return encodeBase64url(leaf.der);
}

function revoke(by: AcmeClient, certificate: unknown, fields: object = {}): Promise<Received> {
  return by.post(`${BASE}/revoke-cert`, { certificate, ...fields });
}

async function readRevocations(): Promise<unknown[]> {
  const { results } = await live.db
    .prepare(
      `SELECT revocations.reason, audit_events.account_id, audit_events.actor FROM revocations
JOIN audit_events ON audit_events.action = 'certificate.revoke'`,
    )
    .all();
  return results;
}

async function refuse(send: () => Promise<Received>, status: number, type: string) {
  const before = await countAcme(live);
  const answer = await send();
  expectProblem(answer, status, type);
  expect(await countAcme(live)).toEqual(before);
  return answer;
}

function actorOf({ account }: AcmeClient): string {
  return account?.split('/').at(-1) ?? '';
}

describe('revokeCert', () => {
  it('revokes for the account that ordered the certificate, once', async () => {
    const { pem } = await obtain(client, NAMES);
    const answer = await revoke(client, readLeaf(pem), { reason: 4 });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await readRevocations()).toEqual([
      { reason: 4, account_id: 'root', actor: actorOf(client) },
    ]);
    await refuse(() => revoke(client, readLeaf(pem)), 400, 'alreadyRevoked');
  });

  it.each([
    [undefined, 0],
    [null, 0],
    [0, 0],
    [1, 1],
    [3, 3],
    [5, 5],
  ])('takes the reason %s as %i', async (reason, recorded) => {
    const { pem } = await obtain(client, NAMES);
    expect((await revoke(client, readLeaf(pem), { reason })).status).toBe(200);
    expect(await readRevocations()).toMatchObject([{ reason: recorded }]);
  });

  it.each([2, 6, 7, 8, 9, 10, 11, -1, 1.5, '1', 'superseded', true])(
    'refuses the reason %j',
    async (reason) => {
      const { pem } = await obtain(client, NAMES);
      await refuse(() => revoke(client, readLeaf(pem), { reason }), 400, 'badRevocationReason');
    },
  );

  it('revokes for an account that holds authorizations for all names', async () => {
    const policyId = await createPolicy(live);
    const owner = await openWith(live, policyId);
    const { pem } = await obtain(owner, NAMES);
    const other = await openWith(live, policyId);
    await order(other, NAMES.slice(0, 2));
    await refuse(() => revoke(other, readLeaf(pem)), 403, 'unauthorized');
    await order(other, NAMES.slice(2));
    expect((await revoke(other, readLeaf(pem))).status).toBe(200);
    expect(await readRevocations()).toEqual([
      { reason: 0, account_id: 'root', actor: actorOf(other) },
    ]);
  });

  it('does not let an account permit itself to revoke the certificates of another owner', async () => {
    const { pem } = await obtain(client, NAMES);
    const accountId = await live.createAccount();
    const other = await openWith(live, await createPolicy(live), { accountId });
    await order(other, NAMES);
    await refuse(() => revoke(other, readLeaf(pem)), 403, 'unauthorized');
    // A proof counts for certificates of every owner.
    await live.db.prepare('UPDATE acme_authorizations SET pre_authorized = 0').run();
    expect((await revoke(other, readLeaf(pem))).status).toBe(200);
  });

  it.each([
    ['deactivated', "status = 'deactivated'"],
    ['pending', "status = 'pending'"],
    ['gone', 'delete_after_s = 1'],
  ])('does not count authorizations that are %s', async (_, change) => {
    const { pem } = await obtain(client, NAMES);
    const other = await openBound(live);
    await order(other, NAMES);
    await live.db.prepare(`UPDATE acme_authorizations SET ${change}`).run();
    await refuse(() => revoke(other, readLeaf(pem)), 403, 'unauthorized');
  });

  it('revokes for the key of the certificate, without an account', async () => {
    const keyPair = await makeKeyPair();
    const { pem } = await obtain(client, NAMES, {}, { keyPair });
    const holder = await AcmeClient.open(live, await describeKey(keyPair));
    expect((await revoke(holder, readLeaf(pem), { reason: 1 })).status).toBe(200);
    expect(await readRevocations()).toEqual([
      { reason: 1, account_id: 'root', actor: 'key-proof' },
    ]);
    const { results } = await live.db.prepare('SELECT public_key_id FROM blocked_keys').all();
    expect(results).toHaveLength(1);
  });

  async function describeKey(pair: Awaited<ReturnType<typeof makeKeyPair>>): Promise<AcmeKey> {
    const exported = await crypto.subtle.exportKey('jwk', pair.publicKey);
    if (exported instanceof ArrayBuffer) throw new Error('no JWK');
    const { kty, crv, x, y } = exported;
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    return {
      alg: 'ES256',
      jwk: { kty, crv, x, y },
      sign: async (message) =>
        new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, message)),
    };
  }

  it('refuses another key, and a key that is not a certificate’s', async () => {
    const { pem } = await obtain(client, NAMES);
    const other = await AcmeClient.open(live, await makeAcmeKey());
    await refuse(() => revoke(other, readLeaf(pem)), 403, 'unauthorized');
    const own = await AcmeClient.open(live, client.key);
    await refuse(() => revoke(own, readLeaf(pem)), 403, 'unauthorized');
  });

  it('refuses what is not a certificate of the directory’s authority', async () => {
    const { pem } = await obtain(client, NAMES);
    const [leaf, root] = parsePem(pem);
    const changed = Uint8Array.from(leaf?.der ?? []);
    changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
    await refuse(() => revoke(client, encodeBase64url(changed)), 404, 'malformed');
    await refuse(() => revoke(client, encodeBase64url(root?.der ?? changed)), 404, 'malformed');
    await refuse(() => revoke(client, 'AAAA'), 400, 'malformed');
    await refuse(() => revoke(client, '+'), 400, 'malformed');
    await refuse(() => revoke(client, undefined), 400, 'malformed');
    await refuse(() => revoke(client, { a: 1 }), 400, 'malformed');
  });

  it('lets the owner’s access key revoke it too', async () => {
    const { pem } = await obtain(client, NAMES);
    const row = await live.db.prepare('SELECT serial FROM certificates').first();
    const path = `/api/v1/certificates/${row?.serial}/revoke`;
    const { json } = await live.send(path, { method: 'POST' });
    expect(json.reason).toBe('unspecified');
    await refuse(() => revoke(client, readLeaf(pem)), 400, 'alreadyRevoked');
  });
});
