import { CertificationRequest } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import { encodeBitString, encodeSequence, readChildren } from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { checkPublicKey } from '../../../src/keys/check-public-key.ts';
import {
  type CertificateRequest,
  decodeCsr,
  parseCsr,
  verifyCsrSignature,
} from '../../../src/x509/certificate/csr.ts';
import { encodeExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import {
  readRequestedUsages,
  readSubordinateRequest,
} from '../../../src/x509/certificate/subordinate-request.ts';
import { publicKeyId } from '../../../src/x509/keys/public-key.ts';
import { parseSubjectAltName } from '../../../src/x509/names/general-names.ts';
import { checkSubjectName, findCommonName, formatName } from '../../../src/x509/names/names.ts';
import { assertSame, attempt, attemptAsync } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';
import { readUtf8 } from '../text.ts';

export async function fuzz(data: Buffer): Promise<void> {
  attempt(() => decodeCsr(new Uint8Array(data)));
  attempt(() => decodeCsr(readUtf8(data)));
  for (const der of listDerReadings(data)) {
    const csr = attempt(() => parseCsr(der));
    if (csr === null) continue;
    assertOneEncoding(der);
    compareFrame(csr);
    compareWithSchema(csr);
    await judge(csr);
  }
}

/** Checks that the kept parts add up to the whole CSR. */
function compareFrame({ csrDer, infoDer, subjectDer, publicKey, signature }: CertificateRequest) {
  const [outer] = readChildren(csrDer);
  const algorithm = readChildren(outer?.content ?? new Uint8Array())[1]?.bytes ?? new Uint8Array();
  assertSame('parts', encodeSequence(infoDer, algorithm, encodeBitString(signature)), csrDer);
  const joined = Buffer.concat([subjectDer, publicKey.spkiDer]);
  assertSame('subject beside key', Buffer.from(infoDer).includes(joined), true);
}

/** If the schema's parser accepts the CSR, it must find the same subject and key. */
function compareWithSchema({ csrDer, subjectDer, publicKey }: CertificateRequest): void {
  let request: CertificationRequest;
  try {
    request = AsnConvert.parse(csrDer, CertificationRequest);
  } catch {
    return;
  }
  const { subject, subjectPKInfo } = request.certificationRequestInfo;
  assertSame('key', new Uint8Array(subjectPKInfo.subjectPublicKey), publicKey.subjectPublicKey);
  const types = [...subject].map((rdn) => [...rdn].map(({ type }) => type));
  const own = readChildren(readChildren(subjectDer)[0]?.content ?? new Uint8Array());
  assertSame('number of RDNs', types.length, own.length);
}

async function judge(csr: CertificateRequest): Promise<void> {
  const { subjectDer, publicKey, extensions } = csr;
  formatName(subjectDer);
  attempt(() => checkSubjectName(subjectDer));
  attempt(() => findCommonName(subjectDer));
  const names = extensions.get(OID.subjectAltName);
  if (names !== undefined) attempt(() => parseSubjectAltName(names.valueDer));
  attempt(() => readSubordinateRequest(csr));
  // The certificate has what the CSR asks for.
  const usages = attempt(() => readRequestedUsages(extensions));
  if (usages !== null) encodeExtendedKeyUsages(usages);
  await publicKeyId(publicKey);
  if (attempt(() => checkPublicKey(publicKey) ?? true)) {
    await attemptAsync(() => verifyCsrSignature(csr));
  }
}
