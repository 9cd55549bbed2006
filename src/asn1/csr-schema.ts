import {
  CertificationRequest as LibraryRequest,
  CertificationRequestInfo as LibraryRequestInfo,
} from '@peculiar/asn1-csr';
import { AsnArray, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';
import { Attribute as LibraryAttribute } from '@peculiar/asn1-x509';
import { TAG } from './der.ts';
import { defineField, defineOpaque, OBJECT_IDENTIFIER, OPAQUE } from './opaque.ts';
import { any, implicitSetOf, listOf, opaque, optional, required, sequence } from './shape.ts';
import { NAME, SUBJECT_PUBLIC_KEY_INFO, signed } from './shapes.ts';

/** The library's classes of a PKCS#10 request (RFC 2986), with opaque version, subject, key and algorithm. */

const EMPTY = new Uint8Array();

/** The only version (RFC 2986 section 4.1). */
export const VERSION_1_DER: Uint8Array = Uint8Array.of(TAG.integer, 1, 0);

const AttributeBase: new () => Omit<LibraryAttribute, 'values'> = LibraryAttribute;

export class Attribute extends AttributeBase {
  /** Encoded values. */
  values: readonly Uint8Array[] = [];
}
defineField(Attribute, 'type', OBJECT_IDENTIFIER);
defineField(Attribute, 'values', { ...OPAQUE, repeated: 'set' });

/** Not derived from the library's class, whose constructor resets the prototype to its own. */
export class Attributes extends AsnArray<Attribute> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: Attribute })(Attributes);

type OpaqueInfoField = 'version' | 'subject' | 'subjectPKInfo' | 'attributes';
const InfoBase: new () => Omit<LibraryRequestInfo, OpaqueInfoField> = LibraryRequestInfo;

export class CertificationRequestInfo extends InfoBase {
  version = VERSION_1_DER;
  subject: Uint8Array = EMPTY;
  subjectPKInfo: Uint8Array = EMPTY;
  attributes = new Attributes();
}
defineOpaque(CertificationRequestInfo, 'version', 'subject', 'subjectPKInfo');
defineField(CertificationRequestInfo, 'attributes', {
  type: Attributes,
  implicit: true,
  context: 0,
  optional: true,
});

type OpaqueField =
  | 'certificationRequestInfo'
  | 'certificationRequestInfoRaw'
  | 'signatureAlgorithm'
  | 'signature';
const RequestBase: new () => Omit<LibraryRequest, OpaqueField> = LibraryRequest;

export class CertificationRequest extends RequestBase {
  certificationRequestInfo = new CertificationRequestInfo();
  certificationRequestInfoRaw: Uint8Array = EMPTY;
  signatureAlgorithm: Uint8Array = EMPTY;
  signature: Uint8Array = EMPTY;
}
defineField(CertificationRequest, 'certificationRequestInfo', {
  type: CertificationRequestInfo,
  raw: true,
});
defineOpaque(CertificationRequest, 'signatureAlgorithm', 'signature');

const ATTRIBUTE = sequence('Attribute', [
  opaque('type', TAG.objectIdentifier),
  required('values', TAG.set, listOf({ ...any('values'), isOpaque: true }, { mayBeEmpty: true })),
]);

export const CSR_SHAPE = signed(
  'CertificationRequest',
  'certificationRequestInfo',
  sequence('certificationRequestInfo', [
    opaque('version', TAG.integer),
    opaque('subject', TAG.sequence, NAME),
    opaque('subjectPKInfo', TAG.sequence, SUBJECT_PUBLIC_KEY_INFO),
    // RFC 2986 makes the attributes mandatory; some clients leave them out.
    optional('attributes', 0xa0, implicitSetOf(required('attributes', TAG.sequence, ATTRIBUTE))),
  ]),
);
