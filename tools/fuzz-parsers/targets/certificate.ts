import { X509Certificate } from 'node:crypto';
import { encodeBitString, encodeSequence } from '../../../src/asn1/der.ts';
import { describeCertificate } from '../../../src/inventory/describe-certificate.ts';
import { orderChain } from '../../../src/inventory/order-chain.ts';
import { readCertificates } from '../../../src/inventory/read-certificates.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { formatName } from '../../../src/x509/names/names.ts';
import { readIssuerConstraints } from '../../../src/x509/path/issuer-constraints.ts';
import { assertSame, attempt, attemptAsync } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';

export async function fuzz(data: Buffer): Promise<void> {
  for (const der of listDerReadings(data)) {
    const certificate = attempt(() => parseCertificate(der));
    if (certificate !== null) {
      assertOneEncoding(der);
      const { tbsDer, signatureAlgorithmDer, signature, subjectDer, issuerDer } = certificate;
      const bits = encodeBitString(signature);
      assertSame('parts', encodeSequence(tbsDer, signatureAlgorithmDer, bits), der);
      compareWithPlatform(certificate);
      formatName(subjectDer);
      formatName(issuerDer);
      attempt(() => readIssuerConstraints(certificate));
    }
    const upload = attempt(() => readCertificates(der, null));
    if (upload === null) continue;
    await attemptAsync(() => describeCertificate(upload.leaf));
    // An issuer with the same name and another key, as a user may send it, is found and then refused.
    const issuer = { ...upload.leaf, subjectDer: upload.leaf.issuerDer, spkiDer: OTHER_KEY };
    await attemptAsync(() => orderChain(upload.leaf, [issuer], upload.leaf.notBeforeSeconds));
  }
}

/** An Ed25519 key. */
const OTHER_KEY = Buffer.concat([
  Buffer.from('302a300506032b6570032100', 'hex'),
  Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex'),
]);

/** If OpenSSL (through Node) parses the certificate, it must find the same serial number and times. */
function compareWithPlatform(certificate: Certificate): void {
  let other: X509Certificate;
  try {
    other = new X509Certificate(certificate.certificateDer);
  } catch {
    return;
  }
  const serial = other.serialNumber.toLowerCase().replace(/^0+(?=.)/, '');
  assertSame('serial number', certificate.serialHex, serial);
  assertSame('notBefore', certificate.notBeforeSeconds, Date.parse(other.validFrom) / 1000);
  assertSame('notAfter', certificate.notAfterSeconds, Date.parse(other.validTo) / 1000);
}
