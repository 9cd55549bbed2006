import { encodeBitString, encodeElement, encodeSequence } from '../../../src/asn1/der.ts';
import { encodeTime } from '../../../src/asn1/time.ts';
import { parseCrl } from '../../../src/x509/status/crl.ts';
import { encodeRevokedEntries } from '../../../src/x509/status/revoked-entries.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';

/** The optional BOOLEAN TRUE between an extension's OID and its value. */
const CRITICAL = '(?:0101ff)';
/** The extension with CRL number 1. */
const CRL_NUMBER = Uint8Array.fromHex('300a0603551d140403020101');
const VERSION_2 = Uint8Array.of(0x02, 1, 1);

export function fuzz(data: Buffer): void {
  for (const der of listDerReadings(data)) {
    const crl = attempt(() => parseCrl(der));
    if (crl === null) continue;
    assertOneEncoding(der);
    const { tbsDer, signatureAlgorithmDer, signature, issuerDer, entries } = crl;
    const bits = encodeBitString(signature);
    assertSame('parts', encodeSequence(tbsDer, signatureAlgorithmDer, bits), der);
    const hex = Buffer.from(tbsDer).toString('hex');
    for (const { serialHex, reason } of entries) {
      assertTrue('a serial number that is not in the input', hex.includes(serialHex));
      const reasonCode = `0603551d15${CRITICAL}?04030a01${reason.toString(16).padStart(2, '0')}`;
      assertTrue(
        'a reason that is not in the input',
        reason === 0 || new RegExp(reasonCode).test(hex),
      );
    }
    // Entries that Signet's own writer encodes again are parsed to the same values.
    const tbs = encodeSequence(
      VERSION_2,
      signatureAlgorithmDer,
      issuerDer,
      encodeTime(crl.thisUpdateSeconds),
      ...(crl.nextUpdateSeconds === null ? [] : [encodeTime(crl.nextUpdateSeconds)]),
      encodeSequence(encodeRevokedEntries(entries)),
      encodeElement(0xa0, encodeSequence(CRL_NUMBER)),
    );
    const again = parseCrl(encodeSequence(tbs, signatureAlgorithmDer, bits));
    assertSame('entries', again.entries, entries);
    assertSame('thisUpdate', again.thisUpdateSeconds, crl.thisUpdateSeconds);
    assertSame('nextUpdate', again.nextUpdateSeconds, crl.nextUpdateSeconds);
  }
}
