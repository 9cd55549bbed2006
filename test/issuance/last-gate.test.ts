import { beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { encodeElement, encodeSequence, TAG } from '../../src/asn1/der.ts';
import { EXTENDED_KEY_USAGE_OID } from '../../src/asn1/oids.ts';
import { type CertificateDraft, LEAF } from '../../src/issuance/certificate-draft.ts';
import { ApprovedCertificate, openIssuer } from '../../src/issuance/last-gate.ts';
import { parseProfile } from '../../src/issuance/profiles.ts';
import { importSigner, type Signer } from '../../src/keys/signer.ts';
import { parseCsr } from '../../src/x509/certificate/csr.ts';
import { encodeCsr } from '../../src/x509/certificate/encode-csr.ts';
import { encodeExtendedKeyUsages } from '../../src/x509/certificate/extended-key-usages.ts';
import { encodeExtension } from '../../src/x509/certificate/extensions.ts';
import { PossessionProof } from '../../src/x509/certificate/possession-proof.ts';
import { type PublicKey, publicKeyId } from '../../src/x509/keys/public-key.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { CA_EXTENSIONS, makeCertificate } from '../authorities/make-ca.ts';
import { keyPem } from '../fixtures.ts';
import { makeAuthority } from '../make-authority.ts';
import { makePolicy, NO_BOUNDS } from '../policy/no-bounds.ts';
import { NOW_SECONDS } from './authority.ts';

const ROOT: Principal = { accountId: 'root', actor: 'root-key', grant: null, policyId: null };
const OTHER: Principal = { accountId: 'acct-1', actor: 'ak-1', grant: null, policyId: null };
const VALIDITY = { notBeforeSeconds: NOW_SECONDS - 9, notAfterSeconds: NOW_SECONDS + 99 };
const { OCSPSigning, clientAuth, serverAuth } = EXTENDED_KEY_USAGE_OID;

const PROFILE = parseProfile('wide', {
  validityDays: 3653,
  backdateSeconds: 86400,
  extendedKeyUsages: ['serverAuth', 'clientAuth', 'OCSPSigning'],
});

const INSTANCE = { maxValidityDays: 30, maxPathLength: 1 };
const DAY_SECONDS = 86400;

let rootSigner: Signer;
let caSigner: Signer;
let leaf: PublicKey;
let possession: PossessionProof;
beforeAll(async () => {
  rootSigner = await importSigner(keyPem('p-384'));
  caSigner = await importSigner(keyPem('p-256'));
  const leafSigner = await importSigner(keyPem('ed25519'));
  leaf = leafSigner.publicKey;
  const csrDer = await encodeCsr(leafSigner, encodeNameFromText('CN=a'), CA_EXTENSIONS);
  possession = await PossessionProof.verify(parseCsr(csrDer));
});

/** An issuing CA below a root, valid from 100 seconds ago on for 1000 seconds. */
async function openCa(extensionsDer: readonly Uint8Array[] = CA_EXTENSIONS) {
  const root = { subjectDer: encodeNameFromText('CN=Root'), signer: rootSigner };
  const ca = { subjectDer: encodeNameFromText('CN=CA'), signer: caSigner };
  const times = { notBeforeSeconds: NOW_SECONDS - 100, notAfterSeconds: NOW_SECONDS + 900 };
  const caDer = await makeCertificate(root, ca, { ...times, extensionsDer });
  const chainDer = [await makeCertificate(root, root, times)];
  return openIssuer(await makeAuthority(caDer, caSigner, { chainDer }));
}

async function approve(
  overrides: Partial<CertificateDraft>,
  options: Partial<Omit<Parameters<typeof ApprovedCertificate.approve>[0], 'draft'>> = {},
) {
  const { publicKey = leaf, kind = 'leaf' } = overrides;
  const isCa = kind === 'ca' || kind === 'cross';
  const draft: CertificateDraft = {
    ...LEAF,
    subjectDer: encodeNameFromText('CN=host.test'),
    publicKey,
    publicKeyIdHex: await publicKeyId(publicKey),
    subjectAltNames: [],
    keyUsages: isCa ? ['keyCertSign'] : ['digitalSignature'],
    extendedKeyUsages: [serverAuth],
    profile: kind === 'leaf' ? PROFILE : null,
    possession,
    ...VALIDITY,
    ...overrides,
  };
  const issuer = await openCa();
  const request = {
    issuer,
    instance: null,
    principal: OTHER,
    bounds: NO_BOUNDS,
    nowSeconds: NOW_SECONDS,
    ...options,
    draft,
  };
  return ApprovedCertificate.approve(request);
}

describe('ApprovedCertificate.approve', () => {
  it('approves a draft that breaks no rule, as it is', async () => {
    const { draft } = await approve({});
    expect(draft).toMatchObject({ publicKey: leaf, ...VALIDITY });
  });

  it('refuses an issuer that is not valid now', async () => {
    for (const nowSeconds of [NOW_SECONDS - 101, NOW_SECONDS + 901]) {
      await expect(approve({}, { nowSeconds })).rejects.toMatchObject({
        code: 'authority-unavailable',
        message: expect.stringMatching(
          /(?:its certificate|a CA above it), "CN=.*", (?:expired at|is not valid before) 20/,
        ),
      });
    }
  });

  it('refuses a weak key, of a CA too', async () => {
    const weak = { ...leaf, subjectPublicKey: new Uint8Array(32), publicKeyIdHex: 'aa' };
    for (const kind of ['leaf', 'ca', 'cross', 'ocsp-responder'] as const) {
      await expect(approve({ kind, publicKey: weak })).rejects.toMatchObject({ code: 'weak-key' });
    }
  });

  it('refuses the key of the issuer, and for a CA that of every CA above', async () => {
    for (const [kind, { publicKey }] of [
      ['leaf', caSigner],
      ['ca', caSigner],
      ['ca', rootSigner],
    ] as const) {
      await expect(approve({ kind, publicKey })).rejects.toMatchObject({
        code: 'weak-key',
        message: expect.stringContaining("authority's own"),
      });
    }
  });

  it('refuses a key whose possession was not proven', async () => {
    const { publicKey } = await importSigner(keyPem('rsa-2048'));
    for (const kind of ['leaf', 'ca'] as const) {
      await expect(approve({ kind, publicKey })).rejects.toMatchObject({
        code: 'csr-signature-invalid',
      });
    }
    await expect(approve({ possession: 'key-kept-here' })).rejects.toMatchObject({
      code: 'csr-signature-invalid',
    });
    await approve({ kind: 'ca', publicKey, possession: 'key-kept-here' });
  });

  it('refuses a CA beyond the limits of its instance', async () => {
    const instance = INSTANCE;
    await approve({ kind: 'ca', pathLenConstraint: 1 }, { instance });
    for (const pathLenConstraint of [2, null]) {
      await expect(approve({ kind: 'ca', pathLenConstraint }, { instance })).rejects.toMatchObject({
        code: 'constraint-violated',
        field: 'pathLenConstraint',
        message: expect.stringContaining('at most 1 is permitted'),
      });
    }
    const notBeforeSeconds = NOW_SECONDS;
    const latest = notBeforeSeconds + 30 * DAY_SECONDS;
    for (const kept of [
      { notBeforeSeconds, notAfterSeconds: latest + 301 },
      { notBeforeSeconds: NOW_SECONDS - DAY_SECONDS, notAfterSeconds: latest },
    ]) {
      const draft = { kind: 'ca', pathLenConstraint: 0, ...kept } as const;
      await expect(approve(draft, { instance })).rejects.toMatchObject({
        code: 'invalid-parameter',
        field: 'validity',
        message: expect.stringContaining('at most 30 days are allowed'),
      });
    }
  });

  it('refuses an issuer of another account, unless an instance permits its use', async () => {
    const issuer = { ...(await openCa()), accountId: 'acct-2' };
    for (const kind of ['leaf', 'ca'] as const) {
      await expect(approve({ kind }, { issuer })).rejects.toMatchObject({
        code: 'authority-not-found',
      });
      await approve({ kind }, { issuer, principal: ROOT });
      await approve({ kind }, { issuer, principal: { ...OTHER, accountId: 'acct-2' } });
    }
    await approve({ kind: 'ca', pathLenConstraint: 0 }, { issuer, instance: INSTANCE });
  });

  it('refuses an extension that is not known', async () => {
    const furtherExtensionsDer = [encodeExtension('1.2.3.4', false, Uint8Array.of(5, 0))];
    for (const kind of ['leaf', 'ca', 'cross', 'ocsp-responder'] as const) {
      await expect(approve({ kind, furtherExtensionsDer })).rejects.toMatchObject({
        code: 'constraint-violated',
        field: 'extensions',
      });
    }
  });

  it('refuses a certificate without any name', async () => {
    const subjectDer = Uint8Array.of(0x30, 0x00);
    await expect(approve({ subjectDer })).rejects.toMatchObject({ code: 'invalid-subject' });
    await approve({ subjectDer, subjectAltNames: [{ kind: 'dns', value: 'host.test' }] });
  });

  it('refuses an invalid subject, of a CA too', async () => {
    const cn = Uint8Array.of(0x06, 0x03, 0x55, 0x04, 0x03);
    const value = encodeElement(TAG.utf8String, new TextEncoder().encode('a\u3164b'));
    const subjectDer = encodeSequence(encodeElement(TAG.set, encodeSequence(cn, value)));
    for (const kind of ['leaf', 'ca'] as const) {
      await expect(approve({ kind, subjectDer })).rejects.toMatchObject({
        code: 'invalid-subject',
        message: expect.stringContaining('invisible or unassigned character U+3164'),
      });
    }
  });

  it('refuses a leaf whose only host is a CN that cannot be a DNS name', async () => {
    const named = (commonName: string) => ({ subjectDer: encodeNameFromText(`CN=${commonName}`) });
    for (const commonName of ['my_host.example.com', '[::g]', 'host.example.com:443']) {
      await expect(approve(named(commonName))).rejects.toMatchObject({
        code: 'invalid-subject',
        field: 'subject',
        message: expect.stringMatching(/^The common name looks like a host, but .*\. Correct it/),
      });
      await approve({
        ...named(commonName),
        subjectAltNames: [{ kind: 'email', value: 'a@b.test' }],
      });
      await approve({ ...named(commonName), kind: 'ca' });
    }
    await approve(named('user_1'));
  });

  it('refuses a leaf with more than its profile allows', async () => {
    const profile = parseProfile('narrow', {
      validityDays: 1,
      backdateSeconds: 9,
      extendedKeyUsages: ['serverAuth'],
    });
    await approve({ profile });
    for (const [field, more] of [
      ['extendedKeyUsages', { extendedKeyUsages: [serverAuth, clientAuth] }],
      ['extendedKeyUsages', { extendedKeyUsages: null }],
      ['validity', { notAfterSeconds: NOW_SECONDS + 86401 }],
      ['validity', { notBeforeSeconds: NOW_SECONDS - 10 }],
    ] as const) {
      await expect(approve({ profile, ...more })).rejects.toMatchObject({
        code: 'constraint-violated',
        field,
        message: expect.stringMatching(/the profile 'narrow'/i),
      });
    }
    await expect(approve({ profile: null })).rejects.toThrow('no profile');
  });

  it('refuses leaves and CAs that one of the policies does not permit', async () => {
    const web = makePolicy({ dnsNames: [{ name: 'example.com', match: 'any-depth' }] });
    const all = makePolicy({ dnsNames: 'any', subject: 'any', issues: ['leaf', 'ca'] });
    const bounds = { ...NO_BOUNDS, policies: [all, web] };
    const leaf = (value: string) => ({
      subjectDer: encodeSequence(),
      subjectAltNames: [{ kind: 'dns', value } as const],
    });
    await approve(leaf('a.example.com'), { bounds });
    await expect(approve(leaf('a.example.org'), { bounds })).rejects.toMatchObject({
      code: 'policy-violated',
      message:
        'The policy "web" (pol-abcdefghijkl) does not permit this by its rule \'dnsNames\': a.example.org is permitted by no rule.',
    });
    await expect(approve({ kind: 'ca' }, { bounds })).rejects.toMatchObject({
      code: 'policy-violated',
    });
    await approve({ kind: 'ca' }, { bounds: { ...NO_BOUNDS, policies: [all] } });
  });

  it('needs the policies of every leaf and every CA', async () => {
    for (const kind of ['leaf', 'ca'] as const) {
      await expect(approve({ kind }, { bounds: null })).rejects.toThrow(/were not opened/);
    }
  });

  it('refuses key usages that do not fit the key', async () => {
    for (const kind of ['leaf', 'ca', 'cross', 'ocsp-responder'] as const) {
      const keyUsages = ['keyCertSign', 'keyEncipherment'] as const;
      await expect(approve({ kind, keyUsages })).rejects.toMatchObject({
        code: 'constraint-violated',
        field: 'keyUsages',
      });
    }
  });

  it('lets only the account root delegate OCSP signing', async () => {
    const extendedKeyUsages = [clientAuth, OCSPSigning];
    for (const kind of ['leaf', 'ca'] as const) {
      await expect(approve({ kind, extendedKeyUsages })).rejects.toMatchObject({
        code: 'constraint-violated',
        field: 'extendedKeyUsages',
      });
      await approve({ kind, extendedKeyUsages }, { principal: ROOT });
    }
    await approve({ kind: 'ocsp-responder', extendedKeyUsages: [OCSPSigning] });
  });

  it('refuses a validity beyond that of the chain', async () => {
    for (const beyond of [
      { notBeforeSeconds: NOW_SECONDS - 101 },
      { notAfterSeconds: NOW_SECONDS + 901 },
    ]) {
      for (const kind of ['leaf', 'ca', 'cross', 'ocsp-responder'] as const) {
        await expect(approve({ kind, ...beyond })).rejects.toMatchObject({
          code: 'constraint-violated',
          field: 'validity',
        });
      }
    }
  });

  it('refuses what a CA of the chain does not allow', async () => {
    const issuer = await openCa([...CA_EXTENSIONS, encodeExtendedKeyUsages([clientAuth])]);
    await expect(approve({}, { issuer })).rejects.toMatchObject({
      code: 'constraint-violated',
      field: 'extendedKeyUsages',
    });
    await approve({ extendedKeyUsages: [clientAuth] }, { issuer });
  });
});
