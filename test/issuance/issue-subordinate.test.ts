import { beforeAll, describe, expect, it } from 'vitest';
import {
  createSubordinateIssuer,
  type SubordinateIssuance,
} from '../../src/issuance/issue-subordinate.ts';
import type {
  SubordinateCommit,
  SubordinateOutcome,
} from '../../src/issuance/subordinate-store.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { decodeCsr } from '../../src/x509/certificate/csr.ts';
import { isSignedBy } from '../../src/x509/path/chain.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeAuthority, NOW_MS, NOW_SECONDS, PUBLICATION_URL } from './authority.ts';

let authority: Awaited<ReturnType<typeof makeAuthority>>;
beforeAll(async () => {
  authority = await makeAuthority(keyPem('p-384'));
});

const CSR_DER = decodeCsr(csrPem('p-256-sha256'));
const NONCE = { accessKeyId: 'ak-1', nonce: 'n', requestId: 'a-request', usedAtSeconds: 1 };

async function issue(
  overrides: Partial<SubordinateIssuance> = {},
  outcomes: readonly SubordinateOutcome[] = [],
) {
  const commits: SubordinateCommit[] = [];
  const issueSubordinate = createSubordinateIssuer({
    store: {
      commitSubordinate: async (commit) => outcomes[commits.push(commit) - 1] ?? 'committed',
    },
    clock: () => NOW_MS,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    takePartition: async () => 7,
    publicationUrl: PUBLICATION_URL,
  });
  const issued = await issueSubordinate({
    authority,
    csrDer: CSR_DER,
    subjectDer: null,
    validity: '1y',
    maxValidityDays: null,
    pathLenConstraint: null,
    maxPathLength: 0,
    extendedKeyUsages: null,
    profile: 'external-sub-ca',
    origin: 'cas',
    principal: { accountId: 'acct-1', actor: 'ak-1', grant: null },
    instanceId: 'cas_deposit-cn-1234abcd',
    nonce: NONCE,
    request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
    ...overrides,
  }).catch((error: unknown) => error);
  return { commits, issued };
}

describe('createSubordinateIssuer', () => {
  it('records what it answers, with who asked, for which instance and by which call', async () => {
    const { commits, issued } = await issue();
    const [commit] = commits;
    if (commit === undefined) throw issued;
    const { certificate, identifier, audit } = commit;
    expect(issued).toEqual({
      serialHex: certificate.serialHex,
      identifier,
      certificateDer: certificate.certificateDer,
      chainDer: [authority.certificateDer],
      notBeforeSeconds: NOW_SECONDS - 300,
      notAfterSeconds: NOW_SECONDS + 365 * 86400,
    });
    const parsed = parseCertificate(certificate.certificateDer ?? new Uint8Array());
    expect(await isSignedBy(parsed, authority.certificate)).toBe(true);
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
      issuerCertificateSha256Hex: authority.certificateSha256Hex,
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

  it('signs with another serial where the first is taken, three times at most', async () => {
    const { commits } = await issue({}, ['serial-taken', 'serial-taken']);
    expect(new Set(commits.map(({ certificate }) => certificate.serialHex)).size).toBe(3);
    const always = await issue(
      {},
      Array.from({ length: 9 }, () => 'serial-taken' as const),
    );
    expect(always.commits).toHaveLength(3);
    expect(always.issued).toMatchObject({ code: 'authority-unavailable' });
  });

  it.each([
    ['nonce-used', 'nonce-used'],
    ['instance-used', 'instance-used'],
    ['key-blocked', 'key-compromised'],
    ['authority-key', 'weak-key'],
    ['authority-changed', 'authority-unavailable'],
  ] as const)('lets nothing out after %s', async (outcome, code) => {
    const { commits, issued } = await issue({}, [outcome]);
    expect(issued).toMatchObject({ code });
    expect(commits).toHaveLength(1);
  });

  it('signs nothing with an authority that has ended, or has not begun', async () => {
    const ended = await makeAuthority(keyPem('p-384'), {
      madeSeconds: NOW_SECONDS - 20 * 86400,
      days: 10,
    });
    const early = await makeAuthority(keyPem('p-384'), { madeSeconds: NOW_SECONDS + 86400 });
    for (const each of [ended, early]) {
      const { commits, issued } = await issue({ authority: each });
      expect(issued).toMatchObject({ code: 'authority-unavailable' });
      expect(commits).toEqual([]);
    }
  });

  it('needs no instance, nonce or limit', async () => {
    const { commits } = await issue({
      instanceId: null,
      nonce: null,
      maxPathLength: null,
      profile: 'sub-ca',
      origin: 'api',
    });
    expect(commits[0]).toMatchObject({ instanceId: null, nonce: null });
    const der = commits[0]?.certificate.certificateDer ?? new Uint8Array();
    const constraints = parseCertificate(der).extensions.get('2.5.29.19');
    expect(constraints?.valueDer.toHex()).toBe('30030101ff');
  });
});
