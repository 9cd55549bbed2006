import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { OID } from '../../src/asn1/oids.ts';
import { encodePem } from '../../src/asn1/pem.ts';
import {
  type Certificate,
  encodeTbsCertificate,
  parseCertificate,
} from '../../src/x509/certificate/certificate.ts';
import { encodeCertificatePolicies } from '../../src/x509/certificate/certificate-policies.ts';
import { encodeExtendedKeyUsages } from '../../src/x509/certificate/extended-key-usages.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
} from '../../src/x509/certificate/extensions.ts';
import { encodeSigned } from '../../src/x509/certificate/signed.ts';
import { encodeSubjectAltName } from '../../src/x509/names/general-names.ts';
import type { IssuanceSubject } from '../../src/x509/path/chain-constraints.ts';
import { encodeNameConstraints } from '../../src/x509/path/name-constraints.ts';
import { encodeCaExtensions } from '../x509/certificate/ca-extensions.ts';

const ECDSA_SHA256_DER = Uint8Array.of(0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2);

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly spkiDer: Uint8Array;
  readonly keyIdentifier: Uint8Array;
}

export interface TestAuthority {
  readonly key: TestKey;
  readonly certificate: Certificate;
}

export function makeKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spkiDer = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return { privateKey, spkiDer, keyIdentifier: spkiDer.slice(-20) };
}

let lastSerial = 0;

/**
 * Makes a certificate with the project's own encoders.
 * @param issuer null for a self-signed certificate
 */
export function makeCertificate(
  issuer: TestAuthority | null,
  key: TestKey,
  subject: IssuanceSubject,
  otherExtensionsDer: readonly Uint8Array[] = [],
): Certificate {
  const issuerKey = issuer?.key ?? key;
  lastSerial++;
  const tbsDer = encodeTbsCertificate(
    {
      signatureAlgorithmDer: ECDSA_SHA256_DER,
      issuerDer: issuer?.certificate.subjectDer ?? subject.subjectDer,
    },
    {
      serial: Uint8Array.of(1, lastSerial >> 8, lastSerial & 0xff),
      notBeforeSeconds: subject.notBeforeSeconds,
      notAfterSeconds: subject.notAfterSeconds,
      subjectDer: subject.subjectDer,
      spkiDer: key.spkiDer,
      extensionsDer: [
        ...encodeExtensions(subject, otherExtensionsDer),
        encodeSubjectKeyIdentifier(key.keyIdentifier),
        ...(issuer === null ? [] : [encodeAuthorityKeyIdentifier(issuerKey.keyIdentifier)]),
      ],
    },
  );
  const signature = sign('sha256', tbsDer, issuerKey.privateKey);
  return parseCertificate(encodeSigned(tbsDer, ECDSA_SHA256_DER, new Uint8Array(signature)));
}

function encodeExtensions(subject: IssuanceSubject, others: readonly Uint8Array[]): Uint8Array[] {
  const { extendedKeyUsages, policies, nameConstraints, subjectAltNames } = subject;
  const policiesDer = policies === null ? null : encodeCertificatePolicies(policies);
  const names =
    subjectAltNames.length === 0
      ? []
      : [encodeExtension(OID.subjectAltName, false, encodeSubjectAltName(subjectAltNames))];
  if (subject.isCa) {
    const ca = encodeCaExtensions({
      pathLenConstraint: subject.pathLenConstraint,
      extendedKeyUsages,
      policiesDer,
      nameConstraintsDer: nameConstraints === null ? null : encodeNameConstraints(nameConstraints),
      otherExtensionsDer: others,
    });
    return [...ca, ...names];
  }
  return [
    encodeBasicConstraints(false),
    encodeKeyUsage(['digitalSignature']),
    ...(extendedKeyUsages === null ? [] : [encodeExtendedKeyUsages(extendedKeyUsages)]),
    ...(policiesDer === null ? [] : [policiesDer]),
    ...names,
  ];
}

export function toPem(...certificates: readonly Certificate[]): string {
  return certificates
    .map(({ certificateDer }) => encodePem('CERTIFICATE', certificateDer))
    .join('');
}
