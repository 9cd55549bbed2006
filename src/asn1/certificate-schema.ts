import {
  Certificate as LibraryCertificate,
  Validity as LibraryValidity,
  TBSCertificate,
} from '@peculiar/asn1-x509';
import { TAG } from './der.ts';
import { Extensions } from './extension-schema.ts';
import { defineField, defineOpaque, defineOpaqueList } from './opaque.ts';
import { explicit, opaque, optional, required, sequence, withDefault } from './shape.ts';
import {
  ALGORITHM_IDENTIFIER,
  NAME,
  SUBJECT_PUBLIC_KEY_INFO,
  signed,
  TAGGED_EXTENSIONS,
  TIME_TAGS,
} from './shapes.ts';

/**
 * The library's certificate classes with opaque names, key, algorithms and times, so that the bytes
 * that were signed survive and times are read strictly.
 */

const EMPTY = new Uint8Array();

const ValidityBase: new () => Omit<LibraryValidity, 'notBefore' | 'notAfter'> = LibraryValidity;

export class Validity extends ValidityBase {
  notBefore: Uint8Array = EMPTY;
  notAfter: Uint8Array = EMPTY;
}
defineOpaque(Validity, 'notBefore', 'notAfter');

type OpaqueField =
  | 'signature'
  | 'issuer'
  | 'validity'
  | 'subject'
  | 'subjectPublicKeyInfo'
  | 'extensions';
const TbsBase: new () => Omit<TBSCertificate, OpaqueField> = TBSCertificate;

export class TbsCertificate extends TbsBase {
  signature: Uint8Array = EMPTY;
  issuer: Uint8Array = EMPTY;
  validity = new Validity();
  subject: Uint8Array = EMPTY;
  subjectPublicKeyInfo: Uint8Array = EMPTY;
  extensions: Extensions | undefined;
}
defineOpaque(TbsCertificate, 'signature', 'issuer', 'subject', 'subjectPublicKeyInfo');
defineField(TbsCertificate, 'validity', { type: Validity });
defineField(TbsCertificate, 'extensions', { type: Extensions, context: 3, optional: true });

const EncodedTbsBase: new () => Omit<TbsCertificate, 'extensions'> = TbsCertificate;

/** For writing: each extension is encoded already. */
export class TbsCertificateOfParts extends EncodedTbsBase {
  extensions: readonly Uint8Array[] = [];
}
defineOpaqueList(TbsCertificateOfParts, 'extensions', { context: 3 });

type OpaqueCertificateField =
  | 'tbsCertificate'
  | 'tbsCertificateRaw'
  | 'signatureAlgorithm'
  | 'signatureValue';
const CertificateBase: new () => Omit<LibraryCertificate, OpaqueCertificateField> =
  LibraryCertificate;

export class Certificate extends CertificateBase {
  tbsCertificate = new TbsCertificate();
  tbsCertificateRaw: Uint8Array = EMPTY;
  signatureAlgorithm: Uint8Array = EMPTY;
  signatureValue: Uint8Array = EMPTY;
}
defineField(Certificate, 'tbsCertificate', { type: TbsCertificate, raw: true });
defineOpaque(Certificate, 'signatureAlgorithm', 'signatureValue');

const VERSION_1_DER = Uint8Array.of(0xa0, 3, TAG.integer, 1, 0);

export const TBS_CERTIFICATE_SHAPE = sequence('tbsCertificate', [
  withDefault('version', 0xa0, VERSION_1_DER, explicit(TAG.integer)),
  required('serialNumber', TAG.integer),
  opaque('signature', TAG.sequence, ALGORITHM_IDENTIFIER),
  opaque('issuer', TAG.sequence, NAME),
  required(
    'validity',
    TAG.sequence,
    sequence('Validity', [opaque('notBefore', TIME_TAGS), opaque('notAfter', TIME_TAGS)]),
  ),
  opaque('subject', TAG.sequence, NAME),
  opaque('subjectPublicKeyInfo', TAG.sequence, SUBJECT_PUBLIC_KEY_INFO),
  optional('issuerUniqueID', 0x81),
  optional('subjectUniqueID', 0x82),
  optional('extensions', 0xa3, TAGGED_EXTENSIONS),
]);

export const CERTIFICATE_SHAPE = signed('Certificate', 'tbsCertificate', TBS_CERTIFICATE_SHAPE);
