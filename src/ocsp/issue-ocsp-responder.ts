import type { Principal } from '../access/principal.ts';
import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import { encodePem } from '../asn1/pem.ts';
import type { Authority } from '../authorities/authority.ts';
import { type CertificateDraft, LEAF } from '../issuance/certificate-draft.ts';
import { readChainLimits } from '../issuance/chain-limits.ts';
import { ApprovedCertificate, openIssuer } from '../issuance/last-gate.ts';
import { signCertificate } from '../issuance/sign-certificate.ts';
import { generatePrivateKey } from '../keys/generate-key.ts';
import { importSigner } from '../keys/signer.ts';
import { encodeExtension } from '../x509/certificate/extensions.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { encodeNameFromText } from '../x509/names/names.ts';
import { OCSP_OID } from '../x509/status/ocsp-request.ts';

export const RESPONDER_PROFILE = 'ocsp-responder';

/** Short, because clients do not check whether the certificate is revoked (id-pkix-ocsp-nocheck). */
const VALIDITY_SECONDS = 90 * 86400;
const BACKDATE_SECONDS = 300;
const NULL_DER = Uint8Array.of(0x05, 0x00);

export interface IssuedResponder {
  readonly pkcs8Der: Uint8Array;
  readonly certificateDer: Uint8Array;
  readonly serialHex: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly publicKeyIdHex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

export interface ResponderOptions {
  readonly principal: Principal;
  readonly nowSeconds: number;
  readonly randomBytes: RandomBytes;
}

/**
 * Makes a P-256 key and its certificate for signing OCSP responses in the authority's name, with
 * id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1). Nothing is recorded here.
 * @throws SignetError authority-unavailable, constraint-violated
 */
export async function issueResponder(
  authority: Authority,
  { principal, nowSeconds, randomBytes }: ResponderOptions,
): Promise<IssuedResponder> {
  const issuer = openIssuer(authority);
  const limits = readChainLimits(authority.issuers);
  const validity = {
    notBeforeSeconds: Math.max(nowSeconds - BACKDATE_SECONDS, limits.notBeforeSeconds),
    notAfterSeconds: Math.min(nowSeconds + VALIDITY_SECONDS, limits.notAfterSeconds),
  };
  const subject = `CN=OCSP responder of ${authority.generationId}`;
  const pkcs8Der = await generatePrivateKey('P-256');
  const { publicKey } = await importSigner(encodePem('PRIVATE KEY', pkcs8Der));
  const publicKeyIdHex = await publicKeyId(publicKey);
  const draft: CertificateDraft = {
    ...LEAF,
    kind: 'ocsp-responder',
    subjectDer: encodeNameFromText(subject),
    publicKey,
    publicKeyIdHex,
    possession: 'key-kept-here',
    subjectAltNames: [],
    keyUsages: ['digitalSignature'],
    extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.OCSPSigning],
    profile: null,
    furtherExtensionsDer: [encodeExtension(OCSP_OID.noCheck, false, NULL_DER)],
    ...validity,
  };
  const request = { draft, issuer, instance: null, principal, bounds: null, nowSeconds };
  const approved = await ApprovedCertificate.approve(request);
  const serial = generateSerial(randomBytes);
  // It contains no URLs, so it needs neither the publication URL nor a partition.
  const place = { serial, publicationUrl: '', crlPartition: null };
  return {
    pkcs8Der,
    certificateDer: await signCertificate(approved, place),
    serialHex: serialToHex(serial),
    subject,
    publicKeyIdHex,
    ...validity,
  };
}
