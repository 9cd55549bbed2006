import { describe, expect, it } from 'vitest';
import { createSelfSignedRoot } from '../../src/authorities/self-signed-root.ts';
import { equalBytes } from '../../src/bytes.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { hasKeyUsage, readBasicConstraints } from '../../src/x509/certificate/extensions.ts';
import { encodeNameFromText, formatName } from '../../src/x509/names/names.ts';
import { checkAuthorityChain, isSignedBy } from '../../src/x509/path/chain.ts';
import { NOW_SECONDS, openKey } from './make-ca.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

async function makeRoot(keyName: string, subject = 'CN=Root,O=Example') {
  const signer = await openKey(keyName);
  const options = { nowSeconds: NOW_SECONDS, validityDays: 10, randomBytes };
  const der = await createSelfSignedRoot(signer, encodeNameFromText(subject), options);
  return { signer, certificate: parseCertificate(der) };
}

describe('createSelfSignedRoot', () => {
  it.each(['p-256', 'p-384', 'p-521', 'rsa-2048', 'ed25519'])(
    'makes a root that signs itself: %s',
    async (keyName) => {
      const { signer, certificate } = await makeRoot(keyName);
      expect(await isSignedBy(certificate, certificate)).toBe(true);
      expect(certificate.spkiDer).toEqual(signer.publicKey.spkiDer);
      expect(() => checkAuthorityChain(certificate, [], NOW_SECONDS)).not.toThrow();
    },
  );

  it('has its name, its validity and the extensions of a CA, and nothing else', async () => {
    const { certificate } = await makeRoot('p-256');
    expect(formatName(certificate.subjectDer)).toBe('CN=Root,O=Example');
    expect(equalBytes(certificate.issuerDer, certificate.subjectDer)).toBe(true);
    expect(certificate.notBeforeSeconds).toBe(NOW_SECONDS - 3600);
    expect(certificate.notAfterSeconds).toBe(NOW_SECONDS + 10 * 86400);
    expect(certificate.serialHex.length).toBeLessThanOrEqual(32);
    const { extensions } = certificate;
    expect([...extensions].map(([oid, { critical }]) => [oid, critical])).toEqual([
      ['2.5.29.19', true],
      ['2.5.29.15', true],
      ['2.5.29.14', false],
    ]);
    expect(readBasicConstraints(extensions)).toEqual({ ca: true, pathLenConstraint: null });
    expect(hasKeyUsage(extensions, 'cRLSign')).toBe(true);
    // It signs OCSP answers.
    expect(hasKeyUsage(extensions, 'digitalSignature')).toBe(true);
  });

  it('gives each root its own serial number', async () => {
    const [first, second] = [await makeRoot('p-256'), await makeRoot('p-256')];
    expect(first.certificate.serialHex).not.toBe(second.certificate.serialHex);
  });
});
