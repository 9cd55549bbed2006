import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Attribute,
  Extension,
  Extensions,
  Name,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import { encodeCsr } from '../../../src/x509/certificate/encode-csr.ts';
import {
  encodeBasicConstraints,
  encodeSubjectKeyIdentifier,
} from '../../../src/x509/certificate/extensions.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { csrPem } from '../../fixtures.ts';

const ALGORITHM_DER = Uint8Array.fromHex('300a06082a8648ce3d040302');
const SIGNATURE = Uint8Array.of(1, 2, 3);

describe('encodeCsr', () => {
  it.each(['p-256-sha256', 'p-384', 'p-521', 'ed25519', 'rsa-2048-sha256', 'rsa-pss-2048'])(
    "writes what the library's own classes write, for the key of %s",
    async (name) => {
      const { publicKey } = parseCsr(decodeCsr(csrPem(name)));
      const subjectDer = encodeNameFromText('CN=Sub CA,O=Example');
      const extensionsDer = [
        encodeBasicConstraints(true, 0),
        encodeSubjectKeyIdentifier(Uint8Array.of(4, 5)),
      ];
      const signer = {
        publicKey,
        signatureAlgorithmDer: ALGORITHM_DER,
        sign: async () => SIGNATURE,
      };
      const csrDer = await encodeCsr(signer, subjectDer, extensionsDer);

      const extensions = new Extensions(
        extensionsDer.map((der) => AsnConvert.parse(der, Extension)),
      );
      const info = new CertificationRequestInfo({
        version: 0,
        subject: AsnConvert.parse(subjectDer, Name),
        subjectPKInfo: AsnConvert.parse(publicKey.spkiDer, SubjectPublicKeyInfo),
        attributes: new Attributes([
          new Attribute({
            type: OID.extensionRequest,
            values: [AsnConvert.serialize(extensions)],
          }),
        ]),
      });
      const expected = AsnConvert.serialize(
        new CertificationRequest({
          certificationRequestInfo: info,
          signatureAlgorithm: AsnConvert.parse(ALGORITHM_DER, AlgorithmIdentifier),
          signature: SIGNATURE.buffer,
        }),
      );
      expect(csrDer.toHex()).toBe(new Uint8Array(expected).toHex());
    },
  );
});
