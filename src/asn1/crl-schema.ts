import { AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';
import { TAG } from './der.ts';
import { Extension } from './extension-schema.ts';
import { defineField, defineOpaque, defineOpaqueList, OPAQUE_CONVERTER } from './opaque.ts';
import { opaque, optional, sequence } from './shape.ts';
import {
  ALGORITHM_IDENTIFIER,
  NAME,
  signed,
  TAGGED_EXTENSIONS,
  TIME,
  TIME_TAGS,
} from './shapes.ts';

/**
 * TBSCertList (RFC 5280 section 5.1.2). Not derived from the library's class: there an optional
 * nextUpdate takes whatever element comes next.
 */
export class TbsCertList {
  version: number | undefined;
  signature: Uint8Array = new Uint8Array();
  issuer: Uint8Array = new Uint8Array();
  /** Encoded, as all times here. */
  thisUpdate: Uint8Array = new Uint8Array();
  /** One of the two holds nextUpdate, if there is one. */
  nextUpdateUtc: Uint8Array | undefined;
  nextUpdateGeneralized: Uint8Array | undefined;
  /** Encoded entries. Reading cuts them out first: the library is too slow and large for many. */
  revokedCertificates: readonly Uint8Array[] | undefined;
  crlExtensions: readonly Extension[] | undefined;
}
AsnType({ type: AsnTypeTypes.Sequence })(TbsCertList);
defineField(TbsCertList, 'version', { type: AsnPropTypes.Integer, optional: true });
defineOpaque(TbsCertList, 'signature', 'issuer', 'thisUpdate');
defineField(TbsCertList, 'nextUpdateUtc', {
  type: AsnPropTypes.UTCTime,
  converter: OPAQUE_CONVERTER,
  optional: true,
});
defineField(TbsCertList, 'nextUpdateGeneralized', {
  type: AsnPropTypes.GeneralizedTime,
  converter: OPAQUE_CONVERTER,
  optional: true,
});
defineOpaqueList(TbsCertList, 'revokedCertificates');
defineField(TbsCertList, 'crlExtensions', {
  type: Extension,
  context: 0,
  repeated: 'sequence',
  optional: true,
});

export class CertificateList {
  tbsCertList = new TbsCertList();
  signatureAlgorithm: Uint8Array = new Uint8Array();
  signature: Uint8Array = new Uint8Array();
}
AsnType({ type: AsnTypeTypes.Sequence })(CertificateList);
defineField(CertificateList, 'tbsCertList', { type: TbsCertList });
defineOpaque(CertificateList, 'signatureAlgorithm', 'signature');

export const CRL_SHAPE = signed(
  'CertificateList',
  'tbsCertList',
  sequence('tbsCertList', [
    optional('version', TAG.integer),
    opaque('signature', TAG.sequence, ALGORITHM_IDENTIFIER),
    opaque('issuer', TAG.sequence, NAME),
    opaque('thisUpdate', TIME_TAGS),
    optional('nextUpdate', TIME_TAGS, TIME),
    optional('revokedCertificates', TAG.sequence),
    optional('crlExtensions', 0xa0, TAGGED_EXTENSIONS),
  ]),
);
