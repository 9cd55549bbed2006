import { encodePem } from '../../../src/asn1/pem.ts';
import { importChain } from '../../../src/authorities/import-chain.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { readSubjectKeyIdentifier } from '../../../src/x509/certificate/extensions.ts';
import { parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import { repairDers } from '../ber.ts';
import { assertSame, attempt, attemptAsync } from '../oracle.ts';

/** The input is concatenated certificates, the CA's first. */
export async function fuzz(data: Buffer): Promise<void> {
  const ders = repairDers(data).filter((der) => der.length > 0);
  const [first] = ders;
  if (first === undefined) return;
  const bundle = ders.map((der) => encodePem('CERTIFICATE', der)).join('');
  const certificate = attempt(() => parseCertificate(new Uint8Array(first)));
  if (certificate === null) return;
  const key = attempt(() => parsePublicKey(certificate.spkiDer));
  if (key === null) return;
  const now = certificate.notBeforeSeconds;
  const imported = await attemptAsync(() => importChain(bundle, key, now));
  if (imported === null) return;
  assertSame('key', imported.certificate.spkiDer, key.spkiDer);
  readSubjectKeyIdentifier(imported.certificate.extensions);
}
