import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Certificate,
  Extension,
  Extensions,
  Name,
  GeneralName as SchemaGeneralName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
} from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import type { CertificateTemplate } from '../../../src/asn1/template.ts';
import {
  encodeTbsCertificate,
  parseCertificate,
} from '../../../src/x509/certificate/certificate.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import {
  encodeAuthorityInfoAccess,
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeCrlDistributionPoints,
  encodeExtendedKeyUsage,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
  type KeyUsageName,
} from '../../../src/x509/certificate/extensions.ts';
import {
  encodeLeafTbsCertificate,
  type LeafFields,
  makeLeafTemplate,
} from '../../../src/x509/certificate/leaf-template.ts';
import { encodeSigned } from '../../../src/x509/certificate/signed.ts';
import {
  encodeSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
} from '../../../src/x509/keys/algorithms.ts';
import { encodeSubjectAltName, type GeneralName } from '../../../src/x509/names/general-names.ts';
import { encodeNameFromText, isEmptyName } from '../../../src/x509/names/names.ts';
import { csrPem } from '../../fixtures.ts';

const KEY_NAMES = ['p-256-sha256', 'p-384', 'p-521', 'ed25519', 'rsa-2048-sha256', 'rsa-3072'];
const KEYS = KEY_NAMES.map((name) => parseCsr(decodeCsr(csrPem(name))).publicKey.spkiDer);
const ALGORITHMS = SIGNATURE_ALGORITHMS.filter(({ parameters }) => parameters !== 'pss').map(
  encodeSignatureAlgorithm,
);

/** Until 2100, so that both types of Time occur. */
const seconds = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 });
const text = fc.stringMatching(/^[A-Za-zäé京]([A-Za-z0-9 .äé京]{0,28}[a-z])?$/);
const name = fc
  .array(fc.tuple(fc.constantFrom('CN', 'O', 'OU', 'L'), text), { minLength: 1, maxLength: 4 })
  .map((rdns) => encodeNameFromText(rdns.map(([type, value]) => `${type}=${value}`).join(',')));
const EMPTY_NAME = Uint8Array.of(0x30, 0);
const label = fc.stringMatching(/^[a-z]([a-z0-9]{0,20}[a-z])?$/);
const generalName: fc.Arbitrary<GeneralName> = fc.oneof(
  label.map((host) => ({ kind: 'dns' as const, value: `${host}.example` })),
  label.map((user) => ({ kind: 'email' as const, value: `${user}@a.example` })),
  label.map((path) => ({ kind: 'uri' as const, value: `https://a.example/${path}` })),
  fc.ipV4().map((value) => ({ kind: 'ip' as const, value })),
  fc.constant({ kind: 'ip' as const, value: '2001:db8::1' }),
);
const usages = fc.uniqueArray(
  fc.constantFrom<KeyUsageName>('digitalSignature', 'keyEncipherment', 'keyAgreement'),
  { minLength: 1 },
);

const leaf = fc.record({
  signatureAlgorithmDer: fc.constantFrom(...ALGORITHMS),
  issuerDer: name,
  serial: fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .filter((bytes) => bytes.some((byte) => byte !== 0)),
  notBeforeSeconds: seconds,
  notAfterSeconds: seconds,
  subjectDer: fc.oneof(name, fc.constant(EMPTY_NAME)),
  spkiDer: fc.constantFrom(...KEYS),
  subjectKeyIdentifier: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  names: fc.array(generalName, { maxLength: 8 }),
  usages,
});
type Leaf = typeof leaf extends fc.Arbitrary<infer Value> ? Value : never;

/** The extensions before and after subject key identifier and names. */
function sharedExtensions(input: Leaf) {
  return {
    before: [
      encodeKeyUsage(input.usages),
      encodeBasicConstraints(false),
      encodeExtendedKeyUsage(['serverAuth', 'clientAuth']),
    ],
    after: [
      encodeAuthorityKeyIdentifier(Uint8Array.of(1, 2, 3)),
      encodeCrlDistributionPoints('http://ca.example/crl/default.crl'),
      encodeAuthorityInfoAccess('http://ca.example/ca', 'http://ca.example/ocsp'),
    ],
  };
}

function makeTemplate(input: Leaf): CertificateTemplate {
  const { before, after } = sharedExtensions(input);
  return makeLeafTemplate(input, before, after);
}

function toFields({ names, ...input }: Leaf): LeafFields {
  return {
    ...input,
    subjectAltName:
      names.length === 0
        ? null
        : { critical: isEmptyName(input.subjectDer), valueDer: encodeSubjectAltName(names) },
  };
}

function encodeByOpaqueSchema(input: Leaf): Uint8Array {
  const { before, after } = sharedExtensions(input);
  const { subjectAltName } = toFields(input);
  return encodeTbsCertificate(input, {
    ...input,
    extensionsDer: [
      ...before,
      encodeSubjectKeyIdentifier(input.subjectKeyIdentifier),
      ...(subjectAltName === null
        ? []
        : [encodeExtension(OID.subjectAltName, subjectAltName.critical, subjectAltName.valueDer)]),
      ...after,
    ],
  });
}

/** Uses only the library's own classes. */
function makeByLibrary(input: Leaf): TBSCertificate {
  const { before, after } = sharedExtensions(input);
  const parse = (der: Uint8Array) => AsnConvert.parse(der, Extension);
  const make = (extnID: string, critical: boolean, value: object) =>
    new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
  const names = new SubjectAlternativeName(input.names.map(toSchemaName));
  const critical = isEmptyName(input.subjectDer);
  const serial = input.serial.subarray(input.serial.findIndex((byte) => byte !== 0));
  const validity = new Validity();
  validity.notBefore = new Time(new Date(input.notBeforeSeconds * 1000));
  validity.notAfter = new Time(new Date(input.notAfterSeconds * 1000));
  return new TBSCertificate({
    version: 2,
    serialNumber: Uint8Array.of(...((serial[0] ?? 0) >= 0x80 ? [0] : []), ...serial).buffer,
    signature: AsnConvert.parse(input.signatureAlgorithmDer, AlgorithmIdentifier),
    issuer: AsnConvert.parse(input.issuerDer, Name),
    validity,
    subject: AsnConvert.parse(input.subjectDer, Name),
    subjectPublicKeyInfo: AsnConvert.parse(input.spkiDer, SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...before.map(parse),
      make(OID.subjectKeyIdentifier, false, new SubjectKeyIdentifier(input.subjectKeyIdentifier)),
      ...(input.names.length === 0 ? [] : [make(OID.subjectAltName, critical, names)]),
      ...after.map(parse),
    ]),
  });
}

function toSchemaName({ kind, value }: GeneralName): SchemaGeneralName {
  switch (kind) {
    case 'dns':
      return new SchemaGeneralName({ dNSName: value });
    case 'email':
      return new SchemaGeneralName({ rfc822Name: value });
    case 'uri':
      return new SchemaGeneralName({ uniformResourceIdentifier: value });
    case 'ip':
      return new SchemaGeneralName({ iPAddress: value });
  }
}

describe('a leaf from a template', () => {
  it('has the bytes that the schema writes for the whole', () => {
    fc.assert(
      fc.property(leaf, (input) => {
        const tbsDer = encodeLeafTbsCertificate(makeTemplate(input), toFields(input));
        expect(tbsDer).toEqual(encodeByOpaqueSchema(input));
        expect(tbsDer).toEqual(new Uint8Array(AsnConvert.serialize(makeByLibrary(input))));
      }),
      { numRuns: 200 },
    );
  });

  it('has the same bytes from a template of another leaf of the same authority', () => {
    fc.assert(
      fc.property(leaf, leaf, (first, other) => {
        const { issuerDer, signatureAlgorithmDer, usages } = first;
        const input = { ...other, issuerDer, signatureAlgorithmDer, usages };
        const tbsDer = encodeLeafTbsCertificate(makeTemplate(first), toFields(input));
        expect(tbsDer).toEqual(encodeByOpaqueSchema(input));
      }),
      { numRuns: 100 },
    );
  });

  it('is wrapped as the schema wraps it, and parses', () => {
    fc.assert(
      fc.property(leaf, fc.uint8Array({ maxLength: 100 }), (input, signature) => {
        const tbsDer = encodeLeafTbsCertificate(makeTemplate(input), toFields(input));
        const certificateDer = encodeSigned(tbsDer, input.signatureAlgorithmDer, signature);
        const whole = new Certificate({
          tbsCertificate: makeByLibrary(input),
          signatureAlgorithm: AsnConvert.parse(input.signatureAlgorithmDer, AlgorithmIdentifier),
          signatureValue: new Uint8Array(signature).buffer,
        });
        expect(certificateDer).toEqual(new Uint8Array(AsnConvert.serialize(whole)));
        expect(parseCertificate(certificateDer)).toMatchObject({
          tbsDer,
          subjectDer: input.subjectDer,
          issuerDer: input.issuerDer,
          spkiDer: input.spkiDer,
          signature,
          notBeforeSeconds: input.notBeforeSeconds,
          notAfterSeconds: input.notAfterSeconds,
        });
      }),
      { numRuns: 50 },
    );
  });
});
