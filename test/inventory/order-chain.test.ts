import { describe, expect, it } from 'vitest';
import { encodePem } from '../../src/asn1/pem.ts';
import { readUpload } from '../../src/inventory/read-upload.ts';
import { NOW_SECONDS } from '../store/database.ts';
import { type CertificateOptions, certify, makeParty, type Party } from './make-bundle.ts';
import { derOf, NOT_AFTER_SECONDS } from './uploads.ts';

const DAY_SECONDS = 86_400;
const expired = { notAfterSeconds: NOW_SECONDS - DAY_SECONDS };

const leaf = await makeParty('leaf.test');
const ca = await makeParty('CA');
const root = await makeParty('Root');
const oldRoot = await makeParty('Old Root');
const certifyLeaf = (issuer: Party) => certify(leaf, issuer, { pathLength: null });

const leafPem = await certifyLeaf(ca);
const caPem = await certify(ca, root);
const rootPem = await certify(root, root);
const crossPem = await certify(root, oldRoot);
const oldRootPem = await certify(oldRoot, oldRoot);
const expiredCrossPem = await certify(root, oldRoot, expired);
const expiredOldRootPem = await certify(oldRoot, oldRoot, expired);
const expiredCaPem = await certify(ca, root, expired);
const sidePem = await certify(ca, oldRoot, { notAfterSeconds: NOT_AFTER_SECONDS - 1 });

/** The members of a bundle in the order in which they are kept, and their marks. */
async function keep(
  members: Readonly<Record<string, string>>,
  { certificate = leafPem, order = Object.keys(members) } = {},
) {
  const chain = order.map((name) => members[name] ?? '').join('');
  const upload = { type: 2, certificate, chain, privateKey: null } as const;
  const { chainDer, marks } = await readUpload(upload, NOW_SECONDS);
  const names = chainDer.map((der) =>
    Object.keys(members).find((name) => derOf(members[name] ?? '').toHex() === der.toHex()),
  );
  return { names, marks };
}

/** Flips a bit of s in the ECDSA signature, at the end of the certificate. */
function breakSignature(pem: string): string {
  const der = derOf(pem);
  return encodePem('CERTIFICATE', der.with(-1, (der.at(-1) ?? 0) ^ 1));
}

function permute(names: readonly string[]): string[][] {
  if (names.length < 2) return [[...names]];
  return names.flatMap((name) =>
    permute(names.filter((other) => other !== name)).map((rest) => [name, ...rest]),
  );
}

describe('a bundle with side paths', () => {
  it('is kept in any order: the path to the root first, then the rest', async () => {
    const members = { ca: caPem, root: rootPem, cross: crossPem, oldRoot: oldRootPem };
    for (const order of permute(Object.keys(members))) {
      expect(await keep(members, { order })).toEqual({
        names: ['ca', 'root', 'cross', 'oldRoot'],
        marks: [],
      });
    }
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a root and its cross-certificate', { ca: caPem, root: rootPem, cross: crossPem }],
    ['a cross-certificate alone', { ca: caPem, cross: crossPem }],
    ['a cross-certificate and its root', { ca: caPem, cross: crossPem, oldRoot: oldRootPem }],
    ['an expired cross-certificate', { ca: caPem, root: rootPem, cross: expiredCrossPem }],
    [
      'an expired root of a side path',
      {
        ca: caPem,
        root: rootPem,
        cross: crossPem,
        oldRoot: expiredOldRootPem,
      },
    ],
    ['an old and a renewed intermediate', { renewed: caPem, root: rootPem, old: expiredCaPem }],
    [
      'a certificate of the CA by another root',
      { ca: caPem, root: rootPem, side: sidePem, oldRoot: oldRootPem },
    ],
  ])('may hold %s', async (_, members) => {
    const names = Object.keys(members);
    for (const order of [names, [...names].reverse()]) {
      expect(await keep(members, { order })).toEqual({ names, marks: [] });
    }
  });

  it('prefers a path that is valid longer', async () => {
    const soon = { notAfterSeconds: NOW_SECONDS + DAY_SECONDS };
    const members = { renewed: caPem, root: rootPem, old: await certify(ca, root, soon) };
    const { names } = await keep(members, { order: ['old', 'renewed', 'root'] });
    expect(names).toEqual(['renewed', 'root', 'old']);
  });

  it('may hold two roots that certified each other', async () => {
    const members = {
      ca: caPem,
      root: rootPem,
      cross: crossPem,
      oldRoot: oldRootPem,
      back: await certify(oldRoot, root),
    };
    const { names, marks } = await keep(members);
    expect({ first: names.slice(0, 2), all: [...names].sort(), marks }).toEqual({
      first: ['ca', 'root'],
      all: Object.keys(members).sort(),
      marks: [],
    });
  });

  it('must not hold a root whose self-signature does not verify', async () => {
    const brokenPem = breakSignature(rootPem);
    await expect(keep({ ca: caPem, root: brokenPem })).rejects.toMatchObject({
      code: 'malformed-chain',
      message: expect.stringMatching(/"CN=Root" is damaged .*self-signature does not verify/),
    });
    await expect(keep({}, { certificate: brokenPem })).rejects.toMatchObject({
      code: 'malformed-certificate',
      message: expect.stringMatching(/its self-signature does not verify/),
    });
  });

  it('must not hold a root that issued no member', async () => {
    const members = { ca: caPem, root: rootPem, oldRoot: oldRootPem };
    await expect(keep(members)).rejects.toMatchObject({ code: 'malformed-chain' });
  });
});

describe('a path that verifiers refuse', () => {
  it.each<[string, CertificateOptions]>([
    ['expired-issuer', expired],
    ['issuer-not-valid-yet', { notBeforeSeconds: NOW_SECONDS + DAY_SECONDS }],
    ['issuer-not-ca', { pathLength: null }],
  ])('is kept and marked %s', async (mark, options) => {
    const members = { ca: await certify(ca, root, options), root: rootPem };
    expect(await keep(members)).toEqual({ names: ['ca', 'root'], marks: [mark] });
  });

  it('is kept and marked if it breaks a path length', async () => {
    const sub = await makeParty('Sub CA');
    const members = {
      sub: await certify(sub, ca),
      ca: await certify(ca, root, { pathLength: 0 }),
      root: rootPem,
    };
    const certificate = await certifyLeaf(sub);
    expect(await keep(members, { certificate })).toEqual({
      names: ['sub', 'ca', 'root'],
      marks: ['path-length-exceeded'],
    });
    const allowed = { ...members, ca: await certify(ca, root, { pathLength: 1 }) };
    expect((await keep(allowed, { certificate })).marks).toEqual([]);
  });

  it('is not marked for a root without extensions', async () => {
    const members = { ca: caPem, root: await certify(root, root, { isV1: true }) };
    expect((await keep(members)).marks).toEqual([]);
  });

  it('is used only if there is no better one', async () => {
    const members = {
      good: caPem,
      root: rootPem,
      expired: expiredCaPem,
      notCa: await certify(ca, root, { pathLength: null }),
    };
    const { names, marks } = await keep(members, { order: ['notCa', 'expired', 'root', 'good'] });
    expect(names.slice(0, 2)).toEqual(['good', 'root']);
    expect(marks).toEqual([]);
  });
});
