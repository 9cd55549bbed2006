import { AsnIntegerArrayBufferConverter, AsnPropTypes } from '@peculiar/asn1-schema';
import { BasicConstraints as LibraryBasicConstraints } from '@peculiar/asn1-x509';
import { defineField } from './opaque.ts';

const Base: new () => Omit<LibraryBasicConstraints, 'pathLenConstraint'> = LibraryBasicConstraints;

/** For reading: the path length as bytes, because the library misreads large numbers. */
export class BasicConstraints extends Base {
  pathLenConstraint: ArrayBuffer | undefined;
}
defineField(BasicConstraints, 'pathLenConstraint', {
  type: AsnPropTypes.Integer,
  converter: AsnIntegerArrayBufferConverter,
  optional: true,
});
