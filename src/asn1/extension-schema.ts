import {
  AsnArray,
  AsnIntegerArrayBufferConverter,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from '@peculiar/asn1-schema';
import {
  BasicConstraints as LibraryBasicConstraints,
  Extension as LibraryExtension,
} from '@peculiar/asn1-x509';
import { defineField, defineOpaque, OBJECT_IDENTIFIER } from './opaque.ts';

const ExtensionBase: new () => Omit<LibraryExtension, 'extnValue'> = LibraryExtension;

export class Extension extends ExtensionBase {
  /** The encoded OCTET STRING. */
  extnValue: Uint8Array = new Uint8Array();
}
defineField(Extension, 'extnID', OBJECT_IDENTIFIER);
defineOpaque(Extension, 'extnValue');

/** Not derived from the library's class, whose constructor resets the prototype to its own. */
export class Extensions extends AsnArray<Extension> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: Extension })(Extensions);

const ConstraintsBase: new () => Omit<LibraryBasicConstraints, 'pathLenConstraint'> =
  LibraryBasicConstraints;

/** For reading: the path length as bytes, because the library misreads large numbers. */
export class BasicConstraints extends ConstraintsBase {
  pathLenConstraint: ArrayBuffer | undefined;
}
defineField(BasicConstraints, 'pathLenConstraint', {
  type: AsnPropTypes.Integer,
  converter: AsnIntegerArrayBufferConverter,
  optional: true,
});
