import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import { encodePem } from '../asn1/pem.ts';
import { type Authority, requireSigner } from '../authorities/authority.ts';
import { readLeafLimits } from '../issuance/leaf-constraints.ts';
import { generatePrivateKey } from '../keys/generate-key.ts';
import { importSigner } from '../keys/signer.ts';
import { encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsage,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
} from '../x509/certificate/extensions.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import { deriveSubjectKeyIdentifier, publicKeyId } from '../x509/keys/public-key.ts';
import { encodeNameFromText } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import { OCSP_OID } from '../x509/status/ocsp-request.ts';

export const RESPONDER_PROFILE = 'ocsp-responder';

/** It cannot be revoked (id-pkix-ocsp-nocheck), so it does not live long. */
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

/**
 * A new P-256 key and its certificate for signing OCSP answers in the authority's name: with
 * id-pkix-ocsp-nocheck and so without anything that says where to ask for its own revocation (RFC
 * 6960 section 4.2.2.2.1). Nothing is recorded here.
 * @throws SignetError authority-unavailable, constraint-violated
 */
export async function issueResponder(
  authority: Authority,
  nowSeconds: number,
  randomBytes: RandomBytes,
): Promise<IssuedResponder> {
  const issuer = requireSigner(authority);
  const limits = readLeafLimits(authority);
  const subject = `CN=OCSP responder of ${authority.id}`;
  const subjectDer = encodeNameFromText(subject);
  const validity = {
    notBeforeSeconds: Math.max(nowSeconds - BACKDATE_SECONDS, limits.notBeforeSeconds),
    notAfterSeconds: Math.min(nowSeconds + VALIDITY_SECONDS, limits.notAfterSeconds),
  };
  checkIssuance(authority.issuers, {
    subjectDer,
    subjectAltNames: [],
    isCa: false,
    pathLenConstraint: null,
    extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.OCSPSigning],
    policies: null,
    nameConstraints: null,
    ...validity,
  });
  const pkcs8Der = await generatePrivateKey('P-256');
  const { publicKey } = await importSigner(encodePem('PRIVATE KEY', pkcs8Der));
  const serial = generateSerial(randomBytes);
  const tbsDer = encodeTbsCertificate(
    { signatureAlgorithmDer: issuer.signatureAlgorithmDer, issuerDer: authority.subjectDer },
    {
      serial,
      ...validity,
      subjectDer,
      spkiDer: publicKey.spkiDer,
      extensionsDer: [
        encodeBasicConstraints(false),
        encodeKeyUsage(['digitalSignature']),
        encodeExtendedKeyUsage(['OCSPSigning']),
        encodeExtension(OCSP_OID.noCheck, false, NULL_DER),
        encodeSubjectKeyIdentifier(await deriveSubjectKeyIdentifier(publicKey)),
        encodeAuthorityKeyIdentifier(authority.subjectKeyIdentifier),
      ],
    },
  );
  return {
    pkcs8Der,
    certificateDer: encodeSigned(tbsDer, issuer.signatureAlgorithmDer, await issuer.sign(tbsDer)),
    serialHex: serialToHex(serial),
    subject,
    publicKeyIdHex: await publicKeyId(publicKey),
    ...validity,
  };
}
