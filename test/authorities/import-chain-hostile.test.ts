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
});
