import { beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/authorities/authority.ts';
import {
  type ExternalCaInstance,
  instanceRecordId,
} from '../../src/authorities/external-ca-instance.ts';
import {
  createExternalCaIssuer,
  type ExternalCaRequest,
} from '../../src/issuance/issue-external-ca.ts';
import type { IssuanceOutcome } from '../../src/issuance/store.ts';
import { sealRow } from '../../src/keys/row-seal.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { isSignedBy } from '../../src/x509/path/chain.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeRoot, NOW_MS, NOW_SECONDS } from './authority.ts';
import { makePipeline, makeStore } from './issuer.ts';

let root: Authority;
beforeAll(async () => {
  root = await makeRoot(keyPem('p-384'));
});

const NONCE = { accessKeyId: 'ak-1', nonce: 'n', requestId: 'a-request', usedAtSeconds: 1 };

type Terms = Omit<ExternalCaInstance, 'id' | 'seal'>;

const SEALER = createSealer(new Map([[1, new Uint8Array(32).fill(1)]]));

async function seal(terms: Omit<ExternalCaInstance, 'seal'>): Promise<ExternalCaInstance> {
  return { ...terms, seal: await sealRow(SEALER, instanceRecordId(terms)) };
}

const FREE: Terms = {
  accountId: 'acct-1',
  authorityId: 'default',
  state: 'BUY',
  maxValidityDays: 366,
  maxPathLength: 0,
  certificate: null,
  createdAtMs: NOW_MS,
  usedAtMs: null,
};

async function issue(
  overrides: Partial<ExternalCaRequest> = {},
  {
    authority = root,
    outcomes = [],
    instance = FREE,
  }: {
    readonly authority?: Authority;
    readonly outcomes?: readonly IssuanceOutcome[];
    readonly instance?: Terms | null;
  } = {},
) {
  const store = makeStore(outcomes);
  const issueExternalCa = createExternalCaIssuer({
    store: { findInstance: async (id) => (instance === null ? null : seal({ id, ...instance })) },
    sealer: SEALER,
    issue: makePipeline(store, authority),
    clock: () => NOW_MS,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  const issued = await issueExternalCa({
    instanceId: 'cas_deposit-cn-1234abcd',
    csr: csrPem('p-256-sha256'),
    validity: '1y',
    subject: null,
    pathLenConstraint: null,
    extendedKeyUsages: null,
    profile: 'external-sub-ca',
    origin: 'cas',
    principal: { accountId: 'acct-1', actor: 'ak-1', grant: null, policyId: null },
    nonce: NONCE,
    request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
    ...overrides,
  }).catch((error: unknown) => error);
  return { commits: store.commits, issued };
}

describe('createExternalCaIssuer', () => {
  it('records what it returns, with the caller, the instance and the nonce', async () => {
    const { commits, issued } = await issue();
    const [commit] = commits;
    if (commit === undefined) throw issued;
    const { certificate, identifier, audit } = commit;
    expect(issued).toEqual({
      authorityId: 'default',
      serialHex: certificate.serialHex,
      identifier,
      certificateDer: certificate.certificateDer,
      chainDer: [root.certificateDer],
      crossCertificateDer: null,
      notBeforeSeconds: NOW_SECONDS - 300,
      notAfterSeconds: NOW_SECONDS + 365 * 86400,
    });
    const parsed = parseCertificate(certificate.certificateDer ?? new Uint8Array());
    expect(await isSignedBy(parsed, root.certificate)).toBe(true);
    // CA:TRUE, with the path length of the instance.
    expect(parsed.extensions.get('2.5.29.19')?.valueDer.toHex()).toBe('30060101ff020100');
    expect(commit).toMatchObject({
      certificate: {
        authorityId: 'default',
        subject: 'CN=host.fixture.test,O=Fixture,C=CN',
        publicKeyIdHex: expect.stringMatching(/^[0-9a-f]{64}$/),
        profile: 'external-sub-ca',
        origin: 'cas',
        accountId: 'acct-1',
        issuedAtMs: NOW_MS,
      },
      issuerChainSha256Hex: root.certificateSha256Hex,
      uniqueSubject: null,
      identifier: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      instanceId: 'cas_deposit-cn-1234abcd',
      nonce: NONCE,
    });
    expect(audit).toMatchObject({
      action: 'certificate.issue',
      outcome: 'done',
      actor: 'ak-1',
      target: certificate.serialHex,
      detail: { profile: 'external-sub-ca', instance: 'cas_deposit-cn-1234abcd' },
    });
  });

  it('signs with the instance’s authority, whatever account owns it', async () => {
    const { commits } = await issue({}, { authority: { ...root, accountId: 'acct-other' } });
    expect(commits).toHaveLength(1);
  });

  it('needs a free instance', async () => {
    const missing = await issue({}, { instance: null });
    expect(missing).toMatchObject({ commits: [], issued: { code: 'instance-not-found' } });
    const used = await issue({}, { instance: { ...FREE, state: 'USED' } });
    expect(used).toMatchObject({
      commits: [],
      issued: { code: 'instance-used', field: 'instanceId' },
    });
  });

  it('refuses what the instance does not permit', async () => {
    const long = await issue({ validity: '2y' });
    expect(long.issued).toMatchObject({ code: 'invalid-parameter', field: 'validity' });
    const deep = await issue({ pathLenConstraint: 1 });
    expect(deep.issued).toMatchObject({ code: 'constraint-violated', field: 'pathLenConstraint' });
  });

  it.each([
    ['nonce-used', 'nonce-used'],
    ['instance-used', 'instance-used'],
    ['key-blocked', 'key-compromised'],
    ['key-of-authority', 'weak-key'],
  ] as const)('returns no certificate after %s', async (outcome, code) => {
    const { commits, issued } = await issue({}, { outcomes: [outcome] });
    expect(issued).toMatchObject({ code });
    expect(commits).toHaveLength(1);
  });

  it('signs nothing with an authority that has expired or is not yet valid', async () => {
    const expired = await makeRoot(keyPem('p-384'), {
      madeSeconds: NOW_SECONDS - 20 * 86400,
      days: 10,
    });
    const early = await makeRoot(keyPem('p-384'), { madeSeconds: NOW_SECONDS + 86400 });
    for (const authority of [expired, early]) {
      const { commits, issued } = await issue({}, { authority });
      expect(issued).toMatchObject({ code: 'authority-unavailable' });
      expect(commits).toEqual([]);
    }
  });
});
