import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeSequence, readChildren, readOnly, TAG } from '../../src/asn1/der.ts';
import { parsePem } from '../../src/asn1/pem.ts';
import type { Authority } from '../../src/authorities/authority.ts';
import type {
  ImportedCertificate,
  ImportedHistory,
  ImportedRevocation,
} from '../../src/authorities/history.ts';
import { importHistory } from '../../src/authorities/import-history.ts';
import type { HistoryCommit, HistoryRow, HistoryStore } from '../../src/authorities/store.ts';
import { concatBytes, equalBytes } from '../../src/bytes.ts';
import { SignetError } from '../../src/errors.ts';
import { importSigner } from '../../src/keys/signer.ts';
import type { EdgePurge, StaleAtEdge } from '../../src/revocation/edge-purge.ts';
import { publicKeyId } from '../../src/x509/keys/public-key.ts';
import { canonicalizeName } from '../../src/x509/names/name-comparison.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { recordPurges } from '../revocation/record-purges.ts';
import {
  type Issuer,
  makeCertificate,
  makeCrl,
  makeLeaf,
  makeRootAuthority,
  NOW_MS,
  NOW_SECONDS,
  openIssuer,
  openKey,
  YEAR_SECONDS,
} from './make-ca.ts';
import { SHA1_CA } from './sha1-ca.ts';

const REVOKED: ImportedRevocation = {
  revokedAtSeconds: NOW_SECONDS - 1000,
  reason: 1,
  invalidityDateSeconds: NOW_SECONDS - 2000,
};
const PRINCIPAL = { accountId: 'root', actor: 'root-key', grant: null, policyId: null };
const REQUEST = { requestId: 'r', remoteAddress: null, country: null };
const NOTHING: ImportedHistory = {
  certificates: [],
  crlDer: null,
  lastCrlNumber: null,
  uniqueSubject: false,
};

let issuer: Issuer;
let authority: Authority;
let commits: HistoryCommit[];
let edge: EdgePurge;
let purges: readonly StaleAtEdge[];
let conflicts: string[];
let newRevocations: number;

beforeAll(async () => {
  issuer = await openIssuer('CN=Old CA,O=Example', 'rsa-2048');
  authority = await makeRootAuthority(issuer);
});
beforeEach(() => {
  ({ edge, purges } = recordPurges());
  commits = [];
  conflicts = [];
  newRevocations = 0;
});

const store: HistoryStore = {
  findConflicts: async () => conflicts,
  async commitHistory(commit) {
    commits.push(commit);
    return { certificates: commit.rows.length, revocations: newRevocations };
  },
};

function take(history: Partial<ImportedHistory>, of: Authority = authority) {
  const dependencies = { store, edge, clock: () => NOW_MS };
  return importHistory(
    { ...dependencies, openAuthority: async () => of },
    of.generationId,
    { ...NOTHING, ...history },
    PRINCIPAL,
    REQUEST,
  );
}

function entry(
  serialHex: string,
  certificateDer: Uint8Array | null,
  changes: Partial<ImportedCertificate> = {},
): ImportedCertificate {
  return {
    serialHex,
    certificateDer,
    subject: '/CN=from the index',
    notAfterSeconds: NOW_SECONDS + 5,
    revocation: null,
    ...changes,
  };
}

function rowOf(serialHex: string): HistoryRow | undefined {
  return commits.at(-1)?.rows.find((row) => row.serialHex === serialHex);
}

describe('importHistory', () => {
  it('records certificates and CRL entries with negative serial numbers', async () => {
    const leafDer = await makeLeaf(issuer, '-4d');
    const crlDer = await makeCrl(issuer, {
      crlNumber: 7,
      entries: [
        {
          serialHex: '-1234',
          revokedAtSeconds: NOW_SECONDS - 9,
          reason: 1,
          invalidityDateSeconds: null,
        },
      ],
    });
    await take({ certificates: [entry('-4d', leafDer)], crlDer });
    expect(rowOf('-4d')).toMatchObject({ certificateDer: leafDer, revocation: null });
    expect(rowOf('-1234')).toMatchObject({ revocation: { reason: 1 } });
  });

  it('reserves the names of CAs, but not its own', async () => {
    const low = await openIssuer('CN=Low,O=Example', 'p-384');
    const lowDer = await makeCertificate(issuer, low, { serialHex: 'c1' });
    const ownDer = await makeCertificate(issuer, issuer, { serialHex: 'c2' });
    await take({ certificates: [entry('c1', lowDer), entry('c2', ownDer)] });
    expect(rowOf('c1')?.caName).toBe(canonicalizeName(low.subjectDer));
    expect(rowOf('c2')).toMatchObject({ caName: null });
  });

  it('purges the OCSP responses too if it has new revocations', async () => {
    newRevocations = 1;
    await take({ certificates: [entry('a2', null, { revocation: REVOKED })] });
    expect(purges).toEqual([{ listsOf: ['default'], ocspResponsesOf: ['default'] }]);
  });

  it('records every field of the certificates, in one commit', async () => {
    const leafDer = await makeLeaf(issuer, 'a1', { subject: 'CN=www,O=Example' });
    const answer = await take({
      certificates: [entry('a1', leafDer), entry('a2', null, { revocation: REVOKED })],
      lastCrlNumber: 41,
    });
    expect(answer).toEqual({ certificates: 2, revocations: 0 });
    expect(purges).toEqual([{ listsOf: ['default'] }]);
    expect(rowOf('a1')).toEqual({
      serialHex: 'a1',
      subject: 'CN=www,O=Example',
      uniqueSubject: null,
      caName: null,
      publicKeyIdHex: await publicKeyId((await openKey('p-256')).publicKey),
      terms: expect.arrayContaining(['profile:import']),
      certificateDer: leafDer,
      notBeforeSeconds: NOW_SECONDS - YEAR_SECONDS,
      notAfterSeconds: NOW_SECONDS + YEAR_SECONDS,
      revocation: null,
    });
    expect(rowOf('a2')).toMatchObject({
      subject: '/CN=from the index',
      certificateDer: null,
      notAfterSeconds: NOW_SECONDS + 5,
      revocation: REVOKED,
    });
    expect(commits[0]).toMatchObject({
      authorityId: 'default',
      accountId: 'root',
      importedAtMs: NOW_MS,
      lastCrlNumber: 41,
      audit: {
        action: 'certificate.import',
        actor: 'root-key',
        detail: { certificates: 2, revocations: 1, lastCrlNumber: 41 },
      },
    });
  });

  it('makes the subjects of valid certificates unique, if they have one', async () => {
    const names = ['a1', 'a2', 'a3'];
    const [first, second, third] = await Promise.all(names.map((hex) => makeLeaf(issuer, hex)));
    const certificates = [
      entry('a1', first ?? null),
      entry('a2', second ?? null, { revocation: REVOKED }),
      entry('a4', null),
    ];
    await take({ certificates, uniqueSubject: true });
    expect(commits[0]?.rows.map((row) => row.uniqueSubject !== null)).toEqual([true, false, false]);
    await take({ certificates: [entry('a3', third ?? null)], uniqueSubject: false });
    expect(rowOf('a3')?.uniqueSubject).toBeNull();
    const nameless = await makeNamelessLeaf('a5');
    await take({ certificates: [entry('a5', nameless)], uniqueSubject: true });
    expect(rowOf('a5')).toMatchObject({ uniqueSubject: null, subject: '' });
  });

  it('accepts certificates and CRLs that spell the name of the authority in another way', async () => {
    const spelled = { ...issuer, subjectDer: encodeNameFromText('CN=OLD  ca,O=example') };
    const leafDer = await makeLeaf(spelled, 'a1', { subject: 'CN=WWW' });
    const crlDer = await makeCrl(spelled, {
      entries: [{ serialHex: 'a2', ...REVOKED }],
      crlNumber: 7,
    });
    await take({ certificates: [entry('a1', leafDer)], crlDer, uniqueSubject: true });
    expect(rowOf('a2')).toMatchObject({ revocation: { reason: 1 } });
    const again = await makeLeaf(issuer, 'a3', { subject: 'CN=www' });
    await take({ certificates: [entry('a3', again)], uniqueSubject: true });
    expect(commits[0]?.rows[0]?.uniqueSubject).toBe(rowOf('a3')?.uniqueSubject);
  });

  it('accepts certificates with keys of unsupported algorithms, without a key id', async () => {
    await take({ certificates: [entry('a1', await makeLeafWithOddKey('a1'))] });
    expect(rowOf('a1')).toMatchObject({ publicKeyIdHex: null, subject: 'CN=a1' });
  });

  it('accepts certificates signed with SHA-1, because the index lists them', async () => {
    const old = await openSha1Ca();
    await take({ certificates: [entry(old.leafSerialHex, old.leafDer)] }, old.authority);
    expect(rowOf(old.leafSerialHex)).toMatchObject({ subject: 'CN=old.example' });
  });

  it.each<[string, () => Promise<ImportedCertificate>, RegExp]>([
    [
      'another serial',
      async () => entry('b1', await makeLeaf(issuer, 'a1')),
      /b1 has another .*a1/,
    ],
    [
      'another issuer',
      async () => entry('a1', await makeLeaf(await openIssuer('CN=Other', 'rsa-2048'), 'a1')),
      /a1 was issued by another authority/,
    ],
    [
      'another key of that kind',
      async () =>
        entry('a1', await makeLeaf({ ...issuer, signer: await openKey('rsa-3072') }, 'a1')),
      /a1 is not signed by the key/,
    ],
    [
      'a key of another kind',
      async () => entry('a1', await makeLeaf({ ...issuer, signer: await openKey('p-256') }, 'a1')),
      /a1 is not signed by the key/,
    ],
    [
      'a changed signature',
      async () => {
        const der = await makeLeaf(issuer, 'a1');
        der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
        return entry('a1', der);
      },
      /a1 is not signed by the key/,
    ],
    ['no DER', async () => entry('a1', Uint8Array.of(1, 2, 3)), /a1 cannot be read; .*without it/],
    [
      'a broken signature algorithm',
      async () => entry('a1', await withBrokenSignatureAlgorithm(await makeLeaf(issuer, 'a1'))),
      /a1 cannot be read/,
    ],
  ])('refuses a certificate with %s', async (_, make, message) => {
    const certificates = [await make()];
    await expect(take({ certificates })).rejects.toMatchObject({
      code: 'malformed-certificate',
      field: 'certificates',
      message: expect.stringMatching(message),
    });
    expect(commits).toEqual([]);
  });

  it.each<[string, readonly ImportedCertificate[], RegExp]>([
    ['a serial twice', [entry('a1', null), entry('a1', null)], /a1 occurs twice/],
    ['no notAfter', [entry('a1', null, { notAfterSeconds: null })], /a1 has neither/],
    [
      'a revocation in the future',
      [entry('a1', null, { revocation: { ...REVOKED, revokedAtSeconds: NOW_SECONDS + 301 } })],
      /a1 is in the future/,
    ],
  ])('refuses %s', async (_, certificates, message) => {
    await expect(take({ certificates })).rejects.toMatchObject({
      code: 'invalid-parameter',
      message: expect.stringMatching(message),
    });
    expect(commits).toEqual([]);
  });

  it('refuses certificates that contradict the record, and names their serial numbers', async () => {
    conflicts = ['a1', 'a2'];
    await expect(take({ certificates: [entry('a1', null)] })).rejects.toMatchObject({
      code: 'import-conflict',
      message: expect.stringContaining('a1, a2'),
    });
    expect(commits).toEqual([]);
  });

  it('refuses an authority whose key cannot be used', async () => {
    const refusal = new SignetError('authority-unavailable', 'wrong key');
    const closed = { ...authority, signing: { refusal } };
    await expect(take({ lastCrlNumber: 5 }, closed)).rejects.toBe(refusal);
    expect(commits).toEqual([]);
  });

  describe('with the last CRL', () => {
    const listed = (serialHex: string, reason = 6) => ({ ...REVOKED, serialHex, reason });

    it('continues from its number, or from a higher given number', async () => {
      const crlDer = await makeCrl(issuer, { entries: [], crlNumber: 4095 });
      await take({ crlDer });
      await take({ crlDer, lastCrlNumber: 7 });
      await take({ crlDer, lastCrlNumber: 5000 });
      expect(commits.map(({ lastCrlNumber }) => lastCrlNumber)).toEqual([4095, 4095, 5000]);
    });

    it('imports its revocations, whatever the index says', async () => {
      const certificates = [
        entry('a1', await makeLeaf(issuer, 'a1')),
        entry('a2', null, { revocation: { ...REVOKED, reason: 4 } }),
      ];
      const entries = [listed('a1'), listed('a2'), listed('a3'), listed('a4', 8)];
      const crlDer = await makeCrl(issuer, { entries, crlNumber: 2 });
      await take({ certificates, crlDer, uniqueSubject: true });
      expect(rowOf('a1')).toMatchObject({ revocation: { reason: 6 }, uniqueSubject: null });
      expect(rowOf('a2')?.revocation?.reason).toBe(4);
      expect(rowOf('a3')).toMatchObject({
        revocation: { ...REVOKED, reason: 6 },
        notAfterSeconds: authority.notAfterSeconds,
      });
      expect(commits[0]?.rows.map(({ serialHex }) => serialHex)).toEqual(['a1', 'a2', 'a3']);
    });

    it('accepts a v1 CRL, which has no number', async () => {
      const { authority: old } = await openSha1Ca();
      await take({ crlDer: pemToDer(SHA1_CA.v1CrlPem) }, old);
      expect(commits[0]?.lastCrlNumber).toBeNull();
      expect(commits[0]?.rows).toHaveLength(1);
    });

    it('refuses a CRL signed with SHA-1, and says what to do', async () => {
      const { authority: old } = await openSha1Ca();
      await expect(take({ crlDer: pemToDer(SHA1_CA.sha1CrlPem) }, old)).rejects.toMatchObject({
        code: 'unsupported-algorithm',
        field: 'crl',
        message: expect.stringMatching(/-md sha256.*'lastCrlNumber'.*SHA-1/),
      });
    });

    it.each<[string, () => Promise<Uint8Array>]>([
      ['of another name', async () => listBy(await openIssuer('CN=Other', 'rsa-2048'))],
      ['of another key', async () => listBy({ ...issuer, signer: await openKey('rsa-3072') })],
      ['that is no list', async () => makeLeaf(issuer, 'a1')],
      ['that is cut off', async () => (await listBy(issuer)).slice(0, -1)],
    ])('refuses one %s', async (_, make) => {
      const crlDer = await make();
      await expect(take({ crlDer })).rejects.toMatchObject({
        code: 'malformed-crl',
        field: 'crl',
        message: expect.stringContaining("'lastCrlNumber'"),
      });
      expect(commits).toEqual([]);
    });

    it('refuses a number that CRLs cannot continue from', async () => {
      await take({ lastCrlNumber: 2 ** 52 });
      await expect(take({ lastCrlNumber: 2 ** 52 + 1 })).rejects.toMatchObject({
        code: 'invalid-parameter',
        field: 'lastCrlNumber',
      });
    });
  });
});

function listBy(by: Issuer): Promise<Uint8Array> {
  return makeCrl(by, { entries: [], crlNumber: 1 });
}

async function makeNamelessLeaf(serialHex: string): Promise<Uint8Array> {
  const nameless: Issuer = { ...issuer, subjectDer: encodeSequence() };
  return makeCertificate(issuer, nameless, { serialHex });
}

/** A certificate with a key of an unknown algorithm. */
async function makeLeafWithOddKey(serialHex: string): Promise<Uint8Array> {
  const { subjectDer, signer } = await openIssuer(`CN=${serialHex}`, 'p-256');
  const spkiDer = Uint8Array.fromHex('300c300706052b06010401030100');
  const publicKey = { ...signer.publicKey, spkiDer };
  return makeCertificate(issuer, { subjectDer, signer: { publicKey } }, { serialHex });
}

/** The same certificate with parameters behind its signature algorithm that do not belong there. */
async function withBrokenSignatureAlgorithm(der: Uint8Array): Promise<Uint8Array> {
  const [tbs, algorithm, signature] = readChildren(readOnly(der, TAG.sequence).content);
  if (tbs === undefined || algorithm === undefined || signature === undefined) throw new Error();
  const broken = encodeSequence(algorithm.content, Uint8Array.of(TAG.null, 0));
  expect(equalBytes(broken, algorithm.bytes)).toBe(false);
  return encodeSequence(concatBytes(tbs.bytes, broken, signature.bytes));
}

function pemToDer(pem: string): Uint8Array {
  const [block] = parsePem(pem);
  if (block === undefined) throw new Error('no PEM');
  return block.der;
}

async function openSha1Ca() {
  const signer = await importSigner(SHA1_CA.keyPem);
  const old = await makeRootAuthority({
    subjectDer: encodeNameFromText('CN=Old SHA-1 CA'),
    signer,
  });
  return {
    authority: old,
    leafDer: pemToDer(SHA1_CA.leafPem),
    leafSerialHex: SHA1_CA.leafSerialHex,
  };
}
