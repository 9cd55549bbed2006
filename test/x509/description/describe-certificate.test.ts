import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import {
  parseCertificate,
  parseTbsCertificate,
} from '../../../src/x509/certificate/certificate.ts';
import {
  describeCertificate,
  describeContent,
} from '../../../src/x509/description/describe-certificate.ts';
import { formatCertificateText } from '../../../src/x509/description/format-text.ts';
import { openFixture } from './fixtures.ts';

const CERTIFICATE = openFixture('every-extension');

describe('describeCertificate', () => {
  it('describes the fields', async () => {
    const described = await describeCertificate(CERTIFICATE);
    const name = {
      text: 'OU=One+CN=测试,O=Example\\, Inc.,C=CN',
      attributes: [
        { rdn: 0, oid: '2.5.4.6', type: 'C', value: 'CN', hex: null },
        { rdn: 1, oid: '2.5.4.10', type: 'O', value: 'Example, Inc.', hex: null },
        { rdn: 2, oid: '2.5.4.11', type: 'OU', value: 'One', hex: null },
        { rdn: 2, oid: '2.5.4.3', type: 'CN', value: '测试', hex: null },
      ],
    };
    expect(described).toMatchObject({
      version: 3,
      serial: '5a01',
      issuer: name,
      subject: name,
      notBefore: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      notAfter: expect.stringMatching(/^21\d\d-/),
      publicKey: {
        oid: '1.2.840.10045.2.1',
        algorithm: 'EC',
        bits: 256,
        curve: 'P-256',
        modulus: null,
        exponent: null,
        key: expect.stringMatching(/^04[0-9a-f]{128}$/),
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      signatureAlgorithm: { oid: '1.2.840.10045.4.3.2', name: 'ecdsa-with-SHA256', pss: null },
      signature: CERTIFICATE.signature.toHex(),
      fingerprints: {
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
      },
    });
    // The id of a key that is not RSA is that digest.
    expect(described.publicKey.sha256).toBe(described.publicKey.id);
  });

  it('describes every extension by its name', async () => {
    const { extensions } = await describeCertificate(CERTIFICATE);
    const byName = Object.fromEntries(
      extensions.map(({ name, oid, critical, value }) => [name ?? oid, { critical, value }]),
    );
    const directory = {
      kind: 'directory',
      value: 'CN=x,C=CN',
      attributes: [
        { rdn: 0, oid: '2.5.4.6', type: 'C', value: 'CN', hex: null },
        { rdn: 1, oid: '2.5.4.3', type: 'CN', value: 'x', hex: null },
      ],
    };
    const uri = (value: string) => ({ kind: 'uri', value });
    const noQualifier = { cps: null, organization: null, noticeNumbers: [], explicitText: null };
    const keyIdentifier = '7b085059bbf1bfe955f31470d9f3e4b7e40e4b38';
    expect(byName).toEqual({
      basicConstraints: { critical: true, value: { cA: true, pathLenConstraint: 3 } },
      keyUsage: {
        critical: true,
        value: [
          'digitalSignature',
          'nonRepudiation',
          'keyEncipherment',
          'dataEncipherment',
          'keyAgreement',
          'keyCertSign',
          'cRLSign',
          'encipherOnly',
          'decipherOnly',
        ],
      },
      extKeyUsage: {
        critical: false,
        value: [
          { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
          { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
          { oid: '1.3.6.1.5.5.7.3.3', name: 'codeSigning' },
          { oid: '1.3.6.1.5.5.7.3.4', name: 'emailProtection' },
          { oid: '1.3.6.1.5.5.7.3.8', name: 'timeStamping' },
          { oid: '1.3.6.1.5.5.7.3.9', name: 'OCSPSigning' },
          { oid: '2.5.29.37.0', name: 'anyExtendedKeyUsage' },
          { oid: '1.3.6.1.4.1.311.20.2.2', name: 'microsoftSmartcardLogin' },
          { oid: '1.3.6.1.5.5.7.3.17', name: 'ipsecIKE' },
          { oid: '1.2.3.4', name: null },
        ],
      },
      subjectAltName: {
        critical: false,
        value: [
          { kind: 'dns', value: 'a.example' },
          { kind: 'ip', value: '192.0.2.1' },
          { kind: 'ip', value: '2001:db8::1' },
          { kind: 'email', value: 'a@b.example' },
          uri('https://x.example/a'),
          { kind: 'registeredId', value: '1.2.3.4' },
          directory,
          { kind: 'other', value: '1.3.6.1.4.1.311.20.2.3:user@example' },
          { kind: 'other', value: '1.2.3.5:#020105' },
        ],
      },
      issuerAltName: { critical: false, value: [{ kind: 'dns', value: 'i.example' }] },
      nameConstraints: {
        critical: true,
        value: {
          permitted: [
            { kind: 'dns', value: '.example' },
            { kind: 'ip', value: '10.0.0.0/8' },
            { kind: 'ip', value: '2001:db8::/32' },
            { kind: 'email', value: 'example.com' },
          ],
          excluded: [uri('.bad'), directory],
        },
      },
      authorityInfoAccess: {
        critical: false,
        value: [
          { oid: '1.3.6.1.5.5.7.48.1', method: 'ocsp', location: uri('http://o.example/') },
          { oid: '1.3.6.1.5.5.7.48.2', method: 'caIssuers', location: uri('http://c.example/') },
        ],
      },
      subjectInfoAccess: {
        critical: false,
        value: [
          { oid: '1.3.6.1.5.5.7.48.5', method: 'caRepository', location: uri('http://r.example/') },
        ],
      },
      cRLDistributionPoints: {
        critical: false,
        value: [
          {
            fullName: [uri('http://a.example/1.crl'), uri('http://b.example/1.crl')],
            nameRelativeToCRLIssuer: null,
            reasons: ['keyCompromise', 'cACompromise'],
            cRLIssuer: [directory],
          },
          {
            fullName: null,
            nameRelativeToCRLIssuer: [
              { rdn: 0, oid: '2.5.4.3', type: 'CN', value: 'part', hex: null },
            ],
            reasons: null,
            cRLIssuer: null,
          },
        ],
      },
      freshestCRL: {
        critical: false,
        value: [
          {
            fullName: [uri('http://d.example/d.crl')],
            nameRelativeToCRLIssuer: null,
            reasons: null,
            cRLIssuer: null,
          },
        ],
      },
      certificatePolicies: {
        critical: false,
        value: [
          { oid: '1.2.3.4', qualifiers: [] },
          {
            oid: '1.3.5.8',
            qualifiers: [
              { oid: '1.3.6.1.5.5.7.2.1', ...noQualifier, cps: 'http://cps.example/' },
              {
                oid: '1.3.6.1.5.5.7.2.2',
                cps: null,
                organization: 'Org',
                noticeNumbers: ['1', '2', '3'],
                explicitText: 'A text',
              },
            ],
          },
          { oid: '2.5.29.32.0', qualifiers: [] },
        ],
      },
      policyMappings: {
        critical: false,
        value: [{ issuerDomainPolicy: '1.2.3.4', subjectDomainPolicy: '1.2.3.5' }],
      },
      policyConstraints: {
        critical: false,
        value: { requireExplicitPolicy: 1, inhibitPolicyMapping: 0 },
      },
      inhibitAnyPolicy: { critical: false, value: 2 },
      subjectKeyIdentifier: { critical: false, value: keyIdentifier },
      authorityKeyIdentifier: {
        critical: false,
        value: {
          keyIdentifier,
          authorityCertIssuer: [
            expect.objectContaining({ value: 'OU=One+CN=测试,O=Example\\, Inc.,C=CN' }),
          ],
          authorityCertSerialNumber: '5a01',
        },
      },
      ocspNoCheck: { critical: false, value: null },
      noRevAvail: { critical: false, value: null },
      tlsFeature: {
        critical: false,
        value: [
          { number: 5, name: 'status_request' },
          { number: 17, name: 'status_request_v2' },
          { number: 9, name: null },
        ],
      },
      netscapeComment: { critical: false, value: null },
      signedCertificateTimestampList: {
        critical: false,
        value: [
          {
            version: 1,
            logId: '11'.repeat(32),
            timestamp: '2024-06-10T02:35:18.400Z',
            signatureAlgorithm: 'ECDSA with SHA-256',
            signature: '3000',
          },
        ],
      },
      '1.2.3.4.5': { critical: false, value: null },
    });
    expect(extensions.find(({ oid }) => oid === '1.2.3.4.5')?.hex).toBe('0c0568656c6c6f');
  });

  it('describes a certificate that is not issued yet', async () => {
    const described = await describeContent(parseTbsCertificate(CERTIFICATE.tbsDer));
    const issued = await describeCertificate(CERTIFICATE);
    expect(described).toEqual({ ...issued, serial: null, signature: null, fingerprints: null });
    const text = formatCertificateText(described);
    expect(text).not.toMatch(/Serial Number|Signature Value/);
    expect(text).toContain('X509v3 Basic Constraints: critical');
  });

  it('shows extensions that cannot be read in hexadecimal', async () => {
    const described = await describeCertificate(openFixture('unreadable'));
    const unread = described.extensions.filter(({ value }) => value === null);
    expect(unread.map(({ name, hex }) => [name, hex])).toEqual([
      ['subjectAltName', '0500'],
      ['keyUsage', '300303'],
      ['basicConstraints', '3003020180'],
      ['signedCertificateTimestampList', '04030033ff'],
    ]);
    expect(formatCertificateText(described)).toContain('30:03:02:01:80');
  });

  it('escapes what deceives in the text, and keeps it in the JSON', async () => {
    const described = await describeCertificate(openFixture('deceptive'));
    expect(described.subject).toMatchObject({
      text: 'CN=a\\e2\\80\\aeb\\e2\\80\\8bc',
      attributes: [{ value: 'a\u202eb\u200bc' }],
    });
    const text = formatCertificateText(described);
    expect(text).not.toMatch(/[\u202e\u200b]/);
    expect(text).toContain('DNS:a\\, DNS:b.c, URI:http://a\\u{000A}b/c, DNS:a b\n');
  });

  it('describes whatever parseCertificate reads', async () => {
    const { certificateDer } = CERTIFICATE;
    let read = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(certificateDer.length - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 3,
        }),
        async (changes) => {
          const der = certificateDer.slice();
          for (const [at, byte] of changes) der[at] = byte;
          let parsed: ReturnType<typeof parseCertificate>;
          try {
            parsed = parseCertificate(der);
          } catch (error) {
            if (error instanceof SignetError) return;
            throw error;
          }
          read++;
          const described = await describeCertificate(parsed);
          expect(formatCertificateText(described)).toMatch(/^Certificate:\n/);
        },
      ),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});
