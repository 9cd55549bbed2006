import { encodeElement, encodeObjectIdentifier, encodeSequence } from '../../../src/asn1/der.ts';
import {
  OCSP_OID,
  OcspRequestError,
  parseOcspRequest,
} from '../../../src/x509/status/ocsp-request.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { listDerReadings } from '../strict-der.ts';

export function fuzz(data: Buffer): void {
  for (const der of listDerReadings(data)) {
    const request = attempt(() => parseOcspRequest(der), OcspRequestError);
    if (request === null) continue;
    const { certIds, nonceDer } = request;
    assertTrue('number of CertIDs', certIds.length > 0 && certIds.length <= 20);
    for (const { certIdDer, serialHex, issuerKeyHash } of certIds) {
      assertTrue('a CertID of its own', Buffer.from(der).includes(certIdDer));
      const serial = Buffer.from(certIdDer).subarray(
        Buffer.from(certIdDer).lastIndexOf(issuerKeyHash),
      );
      const digits = serial.subarray(issuerKeyHash.length).toString('hex');
      if (serialHex !== null)
        assertTrue('serial number', digits.endsWith(serialHex) || serialHex === '0');
    }
    // The same CertIDs in a minimal request are parsed to the same values.
    const nonce = encodeSequence(
      encodeObjectIdentifier(OCSP_OID.nonce),
      encodeElement(0x04, nonceDer ?? new Uint8Array()),
    );
    const tbs = encodeSequence(
      encodeSequence(...certIds.map(({ certIdDer }) => encodeSequence(certIdDer))),
      ...(nonceDer === null ? [] : [encodeElement(0xa2, encodeSequence(nonce))]),
    );
    assertSame('request', parseOcspRequest(encodeSequence(tbs)), request);
  }
}
