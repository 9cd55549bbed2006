import { encodeElement, encodeSequence, readChildren, readOnly, TAG } from '../../src/asn1/der.ts';
import { encodePem } from '../../src/asn1/pem.ts';
import type { Authority } from '../../src/authorities/authority.ts';
import { importSigner, type Signer } from '../../src/keys/signer.ts';
import { encodeTbsCertificate } from '../../src/x509/certificate/certificate.ts';
import { encodeBasicConstraints, encodeKeyUsage } from '../../src/x509/certificate/extensions.ts';
import { encodeSerialHex } from '../../src/x509/certificate/serial-number.ts';
import { encodeSigned } from '../../src/x509/certificate/signed.ts';
import { deriveSubjectKeyIdentifier } from '../../src/x509/keys/public-key.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { buildTbsCertList, type WholeCertListFields } from '../../src/x509/status/encode-crl.ts';
import { keyPem } from '../fixtures.ts';
import { makeAuthority } from '../make-authority.ts';

export const NOW_SECONDS = Date.UTC(2026, 5, 1, 12) / 1000;
export const NOW_MS = NOW_SECONDS * 1000;
export const YEAR_SECONDS = 365 * 86400;

export const CA_EXTENSIONS: readonly Uint8Array[] = [
  encodeBasicConstraints(true),
  encodeKeyUsage(['keyCertSign', 'cRLSign']),
];

export interface Issuer {
  readonly subjectDer: Uint8Array;
  readonly signer: Signer;
}

export function openKey(name: string): Promise<Signer> {
  return importSigner(keyPem(name));
}

export async function openIssuer(subject: string, keyName: string): Promise<Issuer> {
  return { subjectDer: encodeNameFromText(subject), signer: await openKey(keyName) };
}

export interface CertificateOptions {
  readonly serialHex?: string;
  readonly notBeforeSeconds?: number;
  readonly notAfterSeconds?: number;
  readonly extensionsDer?: readonly Uint8Array[];
}

/** A certificate of `subject` by `issuer`, as a CA's where nothing else is said. */
export async function makeCertificate(
  issuer: Issuer,
  subject: { readonly subjectDer: Uint8Array; readonly signer: Pick<Signer, 'publicKey'> },
  options: CertificateOptions = {},
): Promise<Uint8Array> {
  const { signatureAlgorithmDer } = issuer.signer;
  const serialHex = options.serialHex ?? '01';
  const isNegative = serialHex.startsWith('-');
  const positiveDer = encodeTbsCertificate(
    { signatureAlgorithmDer, issuerDer: issuer.subjectDer },
    {
      serial: isNegative
        ? Uint8Array.of(1)
        : Uint8Array.fromHex(serialHex.padStart(serialHex.length + (serialHex.length % 2), '0')),
      notBeforeSeconds: options.notBeforeSeconds ?? NOW_SECONDS - YEAR_SECONDS,
      notAfterSeconds: options.notAfterSeconds ?? NOW_SECONDS + YEAR_SECONDS,
      subjectDer: subject.subjectDer,
      spkiDer: subject.signer.publicKey.spkiDer,
      extensionsDer: options.extensionsDer ?? CA_EXTENSIONS,
    },
  );
  const tbsDer = isNegative ? replaceSerial(positiveDer, serialHex) : positiveDer;
  return encodeSigned(tbsDer, signatureAlgorithmDer, await issuer.signer.sign(tbsDer));
}

/** Signet never writes negative serial numbers, but other CAs did. */
function replaceSerial(tbsDer: Uint8Array, serialHex: string): Uint8Array {
  const fields = readChildren(readOnly(tbsDer, TAG.sequence).content).map(({ bytes }) => bytes);
  fields[1] = encodeElement(TAG.integer, encodeSerialHex(serialHex));
  return encodeSequence(...fields);
}

/** A leaf without extensions. Its private key is not needed. */
export async function makeLeaf(
  issuer: Issuer,
  serialHex: string,
  options: CertificateOptions & { readonly subject?: string; readonly keyName?: string } = {},
): Promise<Uint8Array> {
  const leaf = await openIssuer(options.subject ?? `CN=${serialHex}`, options.keyName ?? 'p-256');
  return makeCertificate(issuer, leaf, {
    serialHex,
    extensionsDer: [encodeBasicConstraints(false)],
    ...options,
  });
}

export async function makeCrl(
  { subjectDer, signer }: Issuer,
  fields: Pick<WholeCertListFields, 'entries' | 'crlNumber'>,
): Promise<Uint8Array> {
  const tbsDer = buildTbsCertList({
    signatureAlgorithmDer: signer.signatureAlgorithmDer,
    issuerDer: subjectDer,
    thisUpdateSeconds: NOW_SECONDS - 86400,
    nextUpdateSeconds: NOW_SECONDS + 86400,
    authorityKeyIdentifier: await deriveSubjectKeyIdentifier(signer.publicKey),
    ...fields,
  });
  return encodeSigned(tbsDer, signer.signatureAlgorithmDer, await signer.sign(tbsDer));
}

/** A self-signed authority as an isolate holds it. */
export async function makeRootAuthority(issuer: Issuer): Promise<Authority> {
  return makeAuthority(await makeCertificate(issuer, issuer), issuer.signer);
}

export function toPem(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
}
