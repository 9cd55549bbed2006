import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AlgorithmIdentifier,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  KeyIdentifier,
  KeyUsage,
  Name,
  GeneralName as SchemaGeneralName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
} from '@peculiar/asn1-x509';
import { OID } from '../../../src/asn1/oids.ts';
import { deriveSubjectKeyIdentifier, type PublicKey } from '../../../src/x509/keys/public-key.ts';
import type { GeneralName } from '../../../src/x509/names/general-names.ts';

export interface WholeCertificate {
  readonly serial: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly issuerDer: Uint8Array;
  readonly authorityKeyIdentifier: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  readonly subjectAltNames: readonly GeneralName[];
  readonly publicationUrl: string;
  readonly signature: Uint8Array;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Makes the same certificate as Signet with every field encoded by the schema, for comparison. */
export async function encodeWholeCertificate(input: WholeCertificate): Promise<ArrayBuffer> {
  const keyIdentifier = await deriveSubjectKeyIdentifier(input.publicKey);
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const extensions = new Extensions([
    extension(OID.keyUsage, true, new KeyUsage(1)),
    extension(OID.basicConstraints, true, new BasicConstraints({ cA: false })),
    extension(OID.extKeyUsage, false, new ExtendedKeyUsage([SERVER_AUTH, CLIENT_AUTH])),
    extension(OID.subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier)),
    extension(
      OID.subjectAltName,
      false,
      new SubjectAlternativeName(input.subjectAltNames.map(toSchemaName)),
    ),
    extension(
      OID.authorityKeyIdentifier,
      false,
      new AuthorityKeyIdentifier({
        keyIdentifier: new KeyIdentifier(input.authorityKeyIdentifier),
      }),
    ),
    extension(
      OID.cRLDistributionPoints,
      false,
      new CRLDistributionPoints([
        new DistributionPoint({
          distributionPoint: new DistributionPointName({
            fullName: [uri(`${input.publicationUrl}/crl/default.crl`)],
          }),
        }),
      ]),
    ),
    extension(
      OID.authorityInfoAccess,
      false,
      new AuthorityInfoAccessSyntax([
        new AccessDescription({
          accessMethod: OID.caIssuers,
          accessLocation: uri(`${input.publicationUrl}/ca/default.crt`),
        }),
      ]),
    ),
  ]);
  const tbsCertificate = new TBSCertificate({
    version: 2,
    serialNumber: toBuffer(input.serial),
    signature: signatureAlgorithm,
    issuer: AsnConvert.parse(input.issuerDer, Name),
    validity: new Validity({
      notBefore: new Date(input.notBeforeSeconds * 1000),
      notAfter: new Date(input.notAfterSeconds * 1000),
    }),
    subject: AsnConvert.parse(input.subjectDer, Name),
    subjectPublicKeyInfo: AsnConvert.parse(input.publicKey.spkiDer, SubjectPublicKeyInfo),
    extensions,
  });
  return AsnConvert.serialize(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm,
      signatureValue: toBuffer(input.signature),
    }),
  );
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function uri(uniformResourceIdentifier: string): SchemaGeneralName {
  return new SchemaGeneralName({ uniformResourceIdentifier });
}

function toSchemaName({ kind, value }: GeneralName): SchemaGeneralName {
  switch (kind) {
    case 'dns':
      return new SchemaGeneralName({ dNSName: value });
    case 'email':
      return new SchemaGeneralName({ rfc822Name: value });
    case 'uri':
      return uri(value);
    case 'ip':
      return new SchemaGeneralName({ iPAddress: value });
  }
}

function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
