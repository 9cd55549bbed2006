import { beforeAll, describe, expect, it } from 'vitest';
import { OID } from '../../src/asn1/oids.ts';
import { importChain } from '../../src/authorities/import-chain.ts';
import {
  encodeBasicConstraints,
  encodeExtension,
  encodeKeyUsage,
} from '../../src/x509/certificate/extensions.ts';
import { type Issuer, makeCertificate, NOW_SECONDS, openIssuer, toPem } from './make-ca.ts';

const BASIC_CONSTRAINTS = encodeBasicConstraints(true);
const KEY_USAGE = encodeKeyUsage(['keyCertSign', 'cRLSign']);

let root: Issuer;
let low: Issuer;

beforeAll(async () => {
  root = await openIssuer('CN=Root', 'p-256');
  low = await openIssuer('CN=Low', 'p-384');
});

function take(of: Issuer, ...certificates: readonly Uint8Array[]) {
  return importChain(toPem(...certificates), of.signer.publicKey, NOW_SECONDS);
}

/** One bit of the last coordinate is another: no point of the curve any more. */
function spoilKey(certificateDer: Uint8Array, issuer: Issuer): Uint8Array {
  const hex = certificateDer.toHex();
  const key = issuer.signer.publicKey.subjectPublicKey;
  const spoilt = key.with(-1, (key.at(-1) ?? 0) ^ 1);
  return Uint8Array.fromHex(hex.replace(key.toHex(), spoilt.toHex()));
}

describe('importChain of hostile certificates', () => {
  it.each([
    ['basic constraints', OID.basicConstraints, [KEY_USAGE]],
    ['key usage', OID.keyUsage, [BASIC_CONSTRAINTS]],
    ['subject key identifier', OID.subjectKeyIdentifier, [BASIC_CONSTRAINTS, KEY_USAGE]],
  ])('refuses %s that cannot be read', async (_, oid, others) => {
    for (const valueDer of ['', '0500', '3003020100', '30', '0401']) {
      const bad = encodeExtension(oid, false, Uint8Array.fromHex(valueDer));
      const der = await makeCertificate(root, root, { extensionsDer: [bad, ...others] });
      await expect(take(root, der), valueDer).rejects.toMatchObject({
        code: 'malformed-certificate',
      });
    }
  });

  it('refuses an issuer with a key that the platform cannot import', async () => {
    const rootDer = spoilKey(await makeCertificate(root, root), root);
    const lowDer = await makeCertificate(root, low);
    await expect(take(low, lowDer, rootDer)).rejects.toMatchObject({
      code: 'malformed-certificate',
    });
  });

  it('refuses an unknown signature algorithm', async () => {
    const lowHex = (await makeCertificate(root, low)).toHex();
    // ecdsa-with-SHA256 as a NULL and something behind it, twice, of the same length.
    const lowDer = Uint8Array.fromHex(
      lowHex.replaceAll('300a06082a8648ce3d040302', '300a05000c06616161616161'),
    );
    await expect(take(low, lowDer, await makeCertificate(root, root))).rejects.toMatchObject({
      code: 'malformed-certificate',
    });
  });

  const NO_NAME = Uint8Array.of(0x30, 0x00);

  it('refuses a CA with an empty subject (RFC 5280 section 4.1.2.6)', async () => {
    const nameless = { ...root, subjectDer: NO_NAME };
    await expect(take(nameless, await makeCertificate(nameless, nameless))).rejects.toMatchObject({
      code: 'malformed-certificate',
      message: expect.stringMatching(/^The CA certificate has an empty subject/),
    });
  });

  it('refuses an issuer with an empty subject (RFC 5280 section 4.1.2.4)', async () => {
    const nameless = { ...root, subjectDer: NO_NAME };
    const lowDer = await makeCertificate(nameless, low);
    await expect(
      take(low, lowDer, await makeCertificate(nameless, nameless)),
    ).rejects.toMatchObject({
      code: 'malformed-certificate',
      message: expect.stringMatching(/^Issuer 1 of the CA certificate has an empty subject/),
    });
  });

  it('refuses an unknown critical extension in any certificate (RFC 5280 section 4.2)', async () => {
    const unknown = encodeExtension('1.3.6.1.4.1.99999.7', true, Uint8Array.of(0x05, 0x00));
    const extensionsDer = [BASIC_CONSTRAINTS, KEY_USAGE, unknown];
    const strangeLow = await makeCertificate(root, low, { extensionsDer });
    await expect(take(low, strangeLow, await makeCertificate(root, root))).rejects.toMatchObject({
      code: 'malformed-certificate',
      message: expect.stringMatching(
        /^The CA certificate has the critical extension 1\.3\.6\.1\.4\.1\.99999\.7/,
      ),
    });
    const strangeRoot = await makeCertificate(root, root, { extensionsDer });
    await expect(take(low, await makeCertificate(root, low), strangeRoot)).rejects.toMatchObject({
      message: expect.stringMatching(/^Issuer 1 of the CA certificate has the critical extension/),
    });
  });

  it('accepts an unknown extension that is not critical', async () => {
    const unknown = encodeExtension('1.3.6.1.4.1.99999.7', false, Uint8Array.of(0x05, 0x00));
    const extensionsDer = [BASIC_CONSTRAINTS, KEY_USAGE, unknown];
    const rootDer = await makeCertificate(root, root, { extensionsDer });
    expect((await take(root, rootDer)).certificate.certificateDer).toEqual(rootDer);
  });
});
