import { beforeAll, describe, expect, it } from 'vitest';
import { OID } from '../../src/asn1/oids.ts';
import type { CertificateDraft } from '../../src/issuance/certificate-draft.ts';
import { draftLeaf } from '../../src/issuance/draft-leaf.ts';
import { ApprovedCertificate, openIssuer } from '../../src/issuance/last-gate.ts';
import { parseProfile } from '../../src/issuance/profiles.ts';
import { signCertificate } from '../../src/issuance/sign-certificate.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { decodeCsr } from '../../src/x509/certificate/csr.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { NO_BOUNDS } from '../policy/no-bounds.ts';
import { makeRoot, NOW_SECONDS, PUBLICATION_URL } from './authority.ts';
import { makeIssuer, makeRequest, makeStore } from './issuer.ts';

const ORDER = [
  OID.keyUsage,
  OID.basicConstraints,
  OID.extKeyUsage,
  OID.subjectKeyIdentifier,
  OID.subjectAltName,
  OID.authorityKeyIdentifier,
  OID.cRLDistributionPoints,
  OID.authorityInfoAccess,
];
/** BIT STRINGs of RFC 5280 section 4.2.1.3: digitalSignature; with keyEncipherment. */
const SIGN = '03020780';
const SIGN_AND_ENCIPHER = '030205a0';

let authority: Awaited<ReturnType<typeof makeRoot>>;
beforeAll(async () => {
  authority = await makeRoot(keyPem('p-384'));
});

async function issue(name: string, profile = 'tls-server-client') {
  const request = makeRequest(decodeCsr(csrPem(name)), { profile });
  const { certificateDer } = await makeIssuer(makeStore(), authority)(request);
  const { extensions } = parseCertificate(certificateDer);
  const find = (oid: string) => {
    const extension = extensions.get(oid);
    if (extension === undefined) throw new Error(`no extension ${oid}`);
    return { critical: extension.critical, hex: extension.valueDer.toHex() };
  };
  return { find, oids: [...extensions.keys()] };
}

describe('a leaf', () => {
  it('has the extensions of its profile, whatever the CSR asks for', async () => {
    for (const name of ['greedy', 'rsa-2048-sha256', 'ed25519', 'empty-subject']) {
      const { find, oids } = await issue(name);
      expect(oids, name).toEqual(ORDER);
      // CA:FALSE is the default, which DER leaves out.
      expect(find(OID.basicConstraints)).toEqual({ critical: true, hex: '3000' });
    }
  });

  it('has the key usages of its key', async () => {
    const usages = {
      greedy: SIGN,
      ed25519: SIGN,
      'p-521': SIGN,
      'rsa-3072': SIGN_AND_ENCIPHER,
      'rsa-pss-2048': SIGN,
    };
    for (const [name, hex] of Object.entries(usages)) {
      expect((await issue(name)).find(OID.keyUsage), name).toEqual({ critical: true, hex });
    }
  });

  it('has no keyEncipherment for clients, which only sign (RFC 5280 section 4.2.1.12)', async () => {
    const usages = {
      'tls-client': SIGN,
      'tls-server': SIGN_AND_ENCIPHER,
      'tls-server-client': SIGN_AND_ENCIPHER,
    };
    for (const [profile, hex] of Object.entries(usages)) {
      const { find } = await issue('rsa-3072', profile);
      expect(find(OID.keyUsage), profile).toEqual({ critical: true, hex });
    }
  });

  it('has the extended key usages of its profile', async () => {
    const server = '06082b06010505070301';
    const client = '06082b06010505070302';
    const usages = {
      'tls-server-client': `3014${server}${client}`,
      'tls-server': `300a${server}`,
      'tls-client': `300a${client}`,
    };
    for (const [profile, hex] of Object.entries(usages)) {
      const { find } = await issue('greedy', profile);
      expect(find(OID.extKeyUsage), profile).toEqual({ critical: false, hex });
    }
  });

  it('has critical names only if its subject is empty (RFC 5280 section 4.2.1.6)', async () => {
    expect((await issue('empty-subject')).find(OID.subjectAltName).critical).toBe(true);
    expect((await issue('greedy')).find(OID.subjectAltName).critical).toBe(false);
  });

  it('points to its issuer', async () => {
    const { find } = await issue('greedy');
    const text = (hex: string) => new TextDecoder('latin1').decode(Uint8Array.fromHex(hex));
    expect(find(OID.authorityKeyIdentifier)).toEqual({
      critical: false,
      hex: `30168014${authority.subjectKeyIdentifier.toHex()}`,
    });
    expect(text(find(OID.cRLDistributionPoints).hex)).toContain('http://ca.test/crl/default/3.crl');
    expect(text(find(OID.authorityInfoAccess).hex)).toContain('http://ca.test/ca/default.crt');
  });

  it.each([false, true])(
    'is the same with and without a template, noRevAvail: %s',
    async (flag) => {
      const profile = parseProfile('a', {
        validityDays: 1,
        noRevAvail: flag,
        extendedKeyUsages: ['serverAuth'],
      });
      const principal = { accountId: 'root', actor: 'root-key', grant: null, policyId: null };
      const place = { serial: Uint8Array.of(7), publicationUrl: PUBLICATION_URL, crlPartition: 3 };
      const encode = async (draft: CertificateDraft) => {
        const issuer = openIssuer(authority);
        const request = {
          draft,
          issuer,
          instance: null,
          principal,
          bounds: NO_BOUNDS,
          nowSeconds: NOW_SECONDS,
        };
        const approved = await ApprovedCertificate.approve(request);
        return parseCertificate(await signCertificate(approved, place)).tbsDer;
      };
      for (const name of ['greedy', 'rsa-2048-sha256', 'ed25519', 'empty-subject']) {
        const asked = makeRequest(decodeCsr(csrPem(name)), { profile: 'a' });
        const draft = await draftLeaf(authority, asked, new Map([['a', profile]]), NOW_SECONDS);
        // A template is for the usages of the profile itself.
        const usages = { extendedKeyUsages: [...(draft.extendedKeyUsages ?? [])] };
        const tbsDer = await encode(draft);
        expect(tbsDer, name).toEqual(await encode({ ...draft, ...usages }));
        const text = new TextDecoder('latin1').decode(tbsDer);
        expect([text.includes('/crl/'), text.includes('/ocsp/')]).toEqual([!flag, !flag]);
        expect(text).toContain('/ca/default.crt');
        // RFC 9608 section 2: not critical, and its value is NULL.
        expect(tbsDer.toHex().includes('3009' + '0603551d38' + '04020500')).toBe(flag);
      }
    },
  );
});
