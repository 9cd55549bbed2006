import { describe, expect, it } from 'vitest';
import { OID } from '../../src/asn1/oids.ts';
import type { CertificateDraft } from '../../src/issuance/certificate-draft.ts';
import { requireKnownExtensions } from '../../src/issuance/extension-rule.ts';
import { encodeExtension } from '../../src/x509/certificate/extensions.ts';
import { OCSP_OID } from '../../src/x509/status/ocsp-request.ts';

const KINDS = ['leaf', 'ca', 'cross', 'ocsp-responder'] as const;

function check(
  kind: CertificateDraft['kind'],
  oids: readonly string[],
  { selfSigned = false, ...read }: Partial<CertificateDraft> & { selfSigned?: boolean } = {},
) {
  const furtherExtensionsDer = oids.map((oid) =>
    encodeExtension(oid, false, Uint8Array.of(0x30, 0)),
  );
  const draft = { kind, policies: null, nameConstraints: null, ...read, furtherExtensionsDer };
  const issuer = { generationId: selfSigned ? null : 'default' };
  return () => requireKnownExtensions({ draft, issuer });
}

describe('requireKnownExtensions', () => {
  it.each(KINDS)('lets a %s without further extensions pass', (kind) => {
    expect(check(kind, [])).not.toThrow();
  });

  it('lets policies and name constraints of a CA pass only if they were checked', () => {
    const read = { policies: ['1.2.3'], nameConstraints: { permitted: [], excluded: [] } };
    const both = [OID.certificatePolicies, OID.nameConstraints];
    for (const kind of ['ca', 'cross'] as const) {
      expect(check(kind, both, read)).not.toThrow();
      expect(check(kind, [OID.certificatePolicies])).toThrow(/were not read/);
      expect(check(kind, [OID.nameConstraints])).toThrow(/were not read/);
      expect(check(kind, [], read)).toThrow(/were not read/);
    }
  });

  it.each([OID.policyMappings, OID.policyConstraints, OID.inhibitAnyPolicy, OID.subjectAltName])(
    'lets %s pass only in what a root says about itself',
    (oid) => {
      expect(check('ca', [oid], { selfSigned: true })).not.toThrow();
      expect(check('cross', [oid])).not.toThrow();
      expect(check('ca', [oid])).toThrow(oid);
      expect(check('leaf', [oid])).toThrow(oid);
    },
  );

  it('lets id-pkix-ocsp-nocheck pass only for OCSP responders', () => {
    for (const kind of KINDS) {
      const attempt = check(kind, [OCSP_OID.noCheck]);
      if (kind === 'ocsp-responder') expect(attempt).not.toThrow();
      else expect(attempt).toThrow(/must not have/);
    }
  });

  it.each(['1.3.6.1.4.1.311.21.10', '1.3.6.1.5.5.7.1.7', OID.basicConstraints, '1.2.3.4'])(
    'refuses %s',
    (oid) => {
      for (const kind of KINDS) {
        for (const selfSigned of [true, false]) {
          expect(check(kind, [oid], { selfSigned })).toThrow(
            expect.objectContaining({
              code: 'constraint-violated',
              message: expect.stringContaining(oid),
            }),
          );
        }
      }
    },
  );
});
