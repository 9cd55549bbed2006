import { describe, expect, it } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import type { Extension } from '../../../src/x509/certificate/extensions.ts';
import { readSubordinateRequest } from '../../../src/x509/certificate/subordinate-request.ts';
import { csrPem } from '../../fixtures.ts';
import { refusalMessage } from '../refusal.ts';
import { encodeCaExtensions } from './ca-extensions.ts';

/**
 * Made by openssl req with basicConstraints=CA:FALSE,pathlen:2; keyUsage=critical,digitalSignature;
 * extendedKeyUsage=critical,serverAuth,1.3.6.1.5.5.7.3.17; two policies, one with a CPS pointer;
 * nameConstraints (not critical); SKI, SAN, CRL distribution points, AIA, nsCertType; and the unknown
 * extensions tlsfeature and 1.3.6.1.4.1.311.21.1.
 */
const CSR_PEM = `-----BEGIN CERTIFICATE REQUEST-----
MIICnjCCAkQCAQAwPDELMAkGA1UEBhMCREUxEDAOBgNVBAoMB0V4YW1wbGUxGzAZ
BgNVBAMMEkV4YW1wbGUgSXNzdWluZyBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABI8yyi4LgEpcaw1Zr3l0CWsf3vZGUSzkfDYKrlzD0Rp6BvXMyBPebuwrPR80
DaSnWUEcw4SmUOnZtl+wOCZdBXugggGkMIIBoAYJKoZIhvcNAQkOMYIBkTCCAY0w
DAYDVR0TBAUwAwIBAjAOBgNVHQ8BAf8EBAMCB4AwIAYDVR0lAQH/BBYwFAYIKwYB
BQUHAwEGCCsGAQUFBwMRMEwGA1UdIARFMEMwDAYKKwYBBAGB/VkBATAzBgorBgEE
AYH9WQECMCUwIwYIKwYBBQUHAgEWF2h0dHBzOi8vZXhhbXBsZS5jb20vY3BzMCgG
A1UdHgQhMB+gDzANggtleGFtcGxlLmNvbaEMMAqHCAoAAAD/AAAAMB0GA1UdDgQW
BBSuqw7KcQ949DAbo5tSulfYivWaVjAZBgNVHREEEjAQgg5jYS5leGFtcGxlLmNv
bTAqBgNVHR8EIzAhMB+gHaAbhhlodHRwOi8vZXZpbC5leGFtcGxlL2EuY3JsMDUG
CCsGAQUFBwEBBCkwJzAlBggrBgEFBQcwAoYZaHR0cDovL2V2aWwuZXhhbXBsZS9h
LmNydDARBglghkgBhvhCAQEEBAMCAgQwEQYIKwYBBQUHARgEBTADAgEFMBAGCSsG
AQQBgjcVAQQDAgEAMAoGCCqGSM49BAMCA0gAMEUCICCwMU1n65f93worhdXAtC/A
sPTLJYtbftHDi50PH5EtAiEAtzZvRzCsxLIP+bSGeipCIWzR3jzgS7srIrCi1kjx
v+8=
-----END CERTIFICATE REQUEST-----
`;

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''));

/** A CSR with these extensions only. */
function requestWith(...extensions: readonly [oid: string, value: string, critical?: boolean][]) {
  return {
    ...parseCsr(decodeCsr(csrPem('p-256-sha256'))),
    extensions: new Map<string, Extension>(
      extensions.map(([oid, value, critical = false]) => [oid, { critical, valueDer: hex(value) }]),
    ),
  };
}

describe('readSubordinateRequest', () => {
  const request = readSubordinateRequest(parseCsr(decodeCsr(CSR_PEM)));

  it('reads path length, usages, policies, constraints and names', () => {
    expect(request).toMatchObject({
      pathLenConstraint: 2,
      extendedKeyUsages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.17'],
      policies: ['1.3.6.1.4.1.32473.1.1', '1.3.6.1.4.1.32473.1.2'],
      nameConstraints: {
        permitted: [{ kind: 'dns', value: 'example.com' }],
        excluded: [{ kind: 'ip', address: hex('0a000000'), mask: hex('ff000000') }],
      },
      subjectAltNames: [{ kind: 'dns', value: 'ca.example.com' }],
    });
  });

  it('copies policies with their qualifiers, and name constraints as critical', () => {
    expect(new TextDecoder('latin1').decode(request.policiesDer ?? undefined)).toContain(
      'https://example.com/cps',
    );
    // After the header come the OID and critical TRUE.
    expect(request.nameConstraintsDer?.toHex().slice(4, 20)).toBe('0603551d1e0101ff');
  });

  it('leaves unknown extensions out', () => {
    const copied = [request.policiesDer, request.nameConstraintsDer].filter((der) => der !== null);
    expect(
      Object.values(request)
        .flat()
        .filter((value) => value instanceof Uint8Array),
    ).toEqual(copied);
  });

  it('always becomes the extensions of a CA', () => {
    const extensions = encodeCaExtensions({ ...request, otherExtensionsDer: [] }).map((der) =>
      der.toHex(),
    );
    expect(extensions).toHaveLength(5);
    expect(extensions.slice(0, 2)).toEqual([
      '30120603551d130101ff040830060101ff020102',
      '300e0603551d0f0101ff040403020106',
    ]);
  });

  it('asks for nothing if it has no extensions', () => {
    expect(readSubordinateRequest(requestWith())).toEqual({
      pathLenConstraint: null,
      extendedKeyUsages: null,
      policies: null,
      policiesDer: null,
      nameConstraints: null,
      nameConstraintsDer: null,
      subjectAltNames: [],
    });
  });

  it.each([
    ['3000', null],
    ['3003 0101ff', null],
    ['3006 0101ff 020100', 0],
    ['3003 020107', 7],
  ])('reads the path length of basicConstraints %s', (value, pathLenConstraint) => {
    const { pathLenConstraint: read } = readSubordinateRequest(
      requestWith([OID.basicConstraints, value]),
    );
    expect(read).toBe(pathLenConstraint);
  });

  it.each([
    ['1.2.3.4', true, 'extension 1.2.3.4 '],
    [OID.policyConstraints, true, 'policyConstraints (2.5.29.36)'],
    [OID.policyMappings, false, 'policyMappings (2.5.29.33)'],
    [OID.inhibitAnyPolicy, true, 'inhibitAnyPolicy (2.5.29.54)'],
    ['1.3.6.1.4.1.11129.2.4.3', true, 'poison'],
    ['1.3.6.1.5.5.7.1.14', false, 'proxyCertInfo'],
    ['1.3.6.1.5.5.7.1.3', false, 'qcStatements'],
    ['1.3.6.1.5.5.7.1.7', false, 'ipAddrBlocks'],
    ['1.3.6.1.5.5.7.1.28', false, 'ipAddrBlocks'],
    ['1.3.6.1.5.5.7.1.29', false, 'autonomousSysIds'],
    ['1.3.6.1.5.5.7.1.26', false, 'TNAuthList'],
    ['1.3.6.1.4.1.311.21.10', false, 'applicationPolicies'],
  ])('refuses %s, critical %s, by name', (oid, critical, name) => {
    const request = requestWith([oid, '0500', critical]);
    expect(refusalMessage('invalid-parameter', () => readSubordinateRequest(request))).toContain(
      name,
    );
  });

  it.each([
    [OID.subjectKeyIdentifier, '0500'],
    [OID.authorityKeyIdentifier, '0500'],
    [OID.cRLDistributionPoints, '0500'],
    [OID.freshestCRL, '0500'],
    [OID.authorityInfoAccess, '0500'],
    [OID.issuerAltName, '0500'],
    [OID.keyUsage, '0500'],
  ])('ignores %s, critical or not', (oid, value) => {
    const nothing = readSubordinateRequest(requestWith());
    expect(readSubordinateRequest(requestWith([oid, value, true]))).toEqual(nothing);
  });

  it.each([
    [OID.basicConstraints, '3006 0101ff 0201ff'],
    [OID.basicConstraints, '3003 020100 00'],
    [OID.basicConstraints, '3006 020100 0101ff'],
    [OID.basicConstraints, '3006 0204 7fffffff'],
    [OID.extKeyUsage, '3000'],
    [OID.certificatePolicies, '3000'],
    [OID.nameConstraints, '3000'],
  ])('refuses %s that cannot be read: %s', (oid, value) => {
    const request = requestWith([oid, value]);
    expect(refusalMessage('malformed-csr', () => readSubordinateRequest(request))).toContain(
      'cannot be read',
    );
  });

  it('refuses kinds of names that are not certified', () => {
    const request = requestWith([OID.subjectAltName, '3005 8803 2a0304']);
    expect(
      refusalMessage('invalid-subject-alt-name', () => readSubordinateRequest(request)),
    ).toContain('registeredID');
  });
});
