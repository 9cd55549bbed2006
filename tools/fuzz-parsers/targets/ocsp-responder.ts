import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import { encodeBitString, encodeSequence } from '../../../src/asn1/der.ts';
import { encodePem } from '../../../src/asn1/pem.ts';
import type { Authority } from '../../../src/authorities/authority.ts';
import { readResponder } from '../../../src/ocsp/read-ocsp-responder.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { makeAuthority } from '../../../test/make-authority.ts';
import { assertSame, assertTrue, attempt, attemptAsync } from '../oracle.ts';
import { listDerReadings } from '../strict-der.ts';
import { TEST_KEYS, type TestKey } from '../test-keys.ts';
import { splitChoice } from '../text.ts';

const KEYS = Object.values(TEST_KEYS);
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const NOW_SECONDS = 1_790_000_000;
/** Issuer key and signature by the certificate's AlgorithmIdentifier. */
const ISSUERS: ReadonlyMap<string, { own: TestKey; hash: string | null }> = new Map([
  ['300506032b6570', { own: TEST_KEYS.ed25519, hash: null }],
  ['300a06082a8648ce3d040302', { own: TEST_KEYS.p256, hash: 'sha256' }],
  ['300a06082a8648ce3d040303', { own: TEST_KEYS.p256, hash: 'sha384' }],
]);

/** The first byte selects the private key; the rest is a certificate, signed with its algorithm. */
export async function fuzz(data: Buffer): Promise<void> {
  const { choice, rest } = splitChoice(data);
  const own = KEYS[choice % KEYS.length];
  if (own === undefined) return;
  for (const der of listDerReadings(rest)) {
    const given = attempt(() => parseCertificate(der));
    if (given === null) continue;
    // From 0x80 on the certificate keeps its wrong signature.
    const certificateDer = choice < 0x80 ? resign(given) : der;
    const generations = await Promise.all(
      [TEST_KEYS.ed25519, TEST_KEYS.p256].map((key, index) =>
        makeGeneration(`root-${index}`, given, key),
      ),
    );
    const privateKey = String(own.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const upload = { certificate: encodePem('CERTIFICATE', certificateDer), privateKey };
    const checked = await attemptAsync(() => readResponder(upload, generations, NOW_SECONDS));
    if (checked === null) continue;
    const issuer = checked.authorityId === 'root-0' ? TEST_KEYS.ed25519 : TEST_KEYS.p256;
    assertSame('certificate', checked.certificate.certificateDer, certificateDer);
    compareWithPlatform(certificateDer, issuer.publicKey, own.privateKey);
  }
}

/** OpenSSL (through Node) must find it signed, with that key, for OCSP and valid now. */
function compareWithPlatform(der: Uint8Array, issuer: KeyObject, privateKey: KeyObject): void {
  let other: X509Certificate;
  try {
    other = new X509Certificate(der);
  } catch {
    return;
  }
  assertTrue('the private key of another certificate', other.checkPrivateKey(privateKey));
  assertTrue('not signed by the issuer', other.verify(issuer));
  assertTrue('not for OCSP', other.keyUsage.includes(OCSP_SIGNING));
  const isCurrent =
    Date.parse(other.validFrom) <= NOW_SECONDS * 1000 &&
    Date.parse(other.validTo) > NOW_SECONDS * 1000;
  assertTrue('not valid now', isCurrent);
}

function resign({ tbsDer, signatureAlgorithmDer, certificateDer }: Certificate): Uint8Array {
  const issuer = ISSUERS.get(Buffer.from(signatureAlgorithmDer).toString('hex'));
  if (issuer === undefined) return certificateDer;
  const signature = sign(issuer.hash, tbsDer, issuer.own.privateKey);
  return encodeSequence(tbsDer, signatureAlgorithmDer, encodeBitString(signature));
}

/** Returns a generation with this key and the certificate's issuer name. */
function makeGeneration(id: string, issued: Certificate, { spkiDer }: TestKey): Promise<Authority> {
  const subjectDer = issued.issuerDer;
  const certificate = { ...issued, subjectDer, spkiDer };
  const subjectKeyIdentifier = new Uint8Array(20);
  const overrides = {
    generationId: id,
    certificate,
    issuers: [certificate],
    subjectDer,
    subjectKeyIdentifier,
  };
  return makeAuthority(issued.certificateDer, null, overrides);
}
