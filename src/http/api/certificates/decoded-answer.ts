import { description, type InferOutput, nullable, object, pipe } from 'valibot';
import {
  describeSerial,
  moment,
  named,
  text,
  textOrNull,
  whole,
  wholeOrNull,
} from '../common/answer-fields.ts';
import { EXTENSION } from './decoded-extensions.ts';
import { list, NAME } from './decoded-names.ts';

/** The decoded form of a certificate: see src/x509/description/description.ts. */

const ALGORITHM = named('DecodedAlgorithm', {
  oid: text('Its OID.'),
  name: textOrNull('Its name, or null.'),
  pss: pipe(
    nullable(object({ hash: text('Its hash.'), saltLength: whole('In bytes.') })),
    description('The parameters of RSASSA-PSS; null for others.'),
  ),
});

const PUBLIC_KEY = named('DecodedPublicKey', {
  oid: text('OID of its algorithm.'),
  algorithm: textOrNull('Such as `RSA` or `EC`; null if it is unknown.'),
  bits: wholeOrNull('Its size; null if the algorithm is not supported.'),
  curve: textOrNull('The curve of an EC key.'),
  modulus: textOrNull('Of an RSA key, in hexadecimal.'),
  exponent: textOrNull('Of an RSA key, in decimal.'),
  key: textOrNull('The bytes of a key that is not RSA, in hexadecimal.'),
  id: textOrNull(
    'The key id of this API, as in `POST /api/v1/revocations`; null if not supported.',
  ),
  sha256: text('SHA-256 of the SubjectPublicKeyInfo, in hexadecimal.'),
});

/** A certificate, or one that is not issued yet. */
export const DECODED_CERTIFICATE = named('DecodedCertificate', {
  version: whole('3, or less for old certificates of others.'),
  serial: textOrNull(`${describeSerial('')} null before it is issued.`),
  issuer: NAME,
  subject: NAME,
  notBefore: moment('The first second of its validity.'),
  notAfter: moment('The last second of its validity.'),
  publicKey: PUBLIC_KEY,
  extensions: list(EXTENSION, 'In their order.'),
  signatureAlgorithm: ALGORITHM,
  signature: textOrNull('The bytes of the signature, in hexadecimal; null before it is issued.'),
  fingerprints: pipe(
    nullable(object({ sha256: text('In hexadecimal.'), sha1: text('In hexadecimal.') })),
    description('Digests of the DER; null before it is issued.'),
  ),
});

const EXAMPLE_NAME = {
  text: 'CN=localhost',
  attributes: [{ rdn: 0, oid: '2.5.4.3', type: 'CN', value: 'localhost', hex: null }],
};

export const DECODED_EXAMPLE: InferOutput<typeof DECODED_CERTIFICATE> = {
  version: 3,
  serial: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68',
  issuer: {
    text: 'CN=Signet Root CA',
    attributes: [{ rdn: 0, oid: '2.5.4.3', type: 'CN', value: 'Signet Root CA', hex: null }],
  },
  subject: EXAMPLE_NAME,
  notBefore: '2026-11-22T04:31:45Z',
  notAfter: '2027-11-22T04:36:45Z',
  publicKey: {
    oid: '1.2.840.10045.2.1',
    algorithm: 'EC',
    bits: 256,
    curve: 'P-256',
    modulus: null,
    exponent: null,
    key: '04…',
    id: 'c2c6…',
    sha256: 'c2c6…',
  },
  extensions: [
    {
      oid: '2.5.29.17',
      name: 'subjectAltName',
      critical: false,
      value: [{ kind: 'dns', value: 'localhost' }],
      hex: '300b82096c6f63616c686f7374',
    },
  ],
  signatureAlgorithm: { oid: '1.2.840.10045.4.3.2', name: 'ecdsa-with-SHA256', pss: null },
  signature: '3045…',
  fingerprints: { sha256: '9f86…', sha1: 'a94a…' },
};
