import {
  DerError,
  encodeObjectIdentifier,
  readBitStringBytes,
  readChildren,
  readElement,
  readObjectIdentifier,
  readUnsignedInteger,
} from '../../../src/asn1/der.ts';
import { assertStrictDer } from '../../../src/asn1/strict-der.ts';
import { decodeTime, encodeGeneralizedTime, encodeTime } from '../../../src/asn1/time.ts';
import { assertSame, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';

export function fuzz(data: Buffer): void {
  for (const der of listDerReadings(data)) {
    const isStrict = attempt(() => assertStrictDer(der) ?? true, DerError);
    if (isStrict) assertOneEncoding(der);
    const element = attempt(() => readElement(der), DerError);
    if (element === null) continue;
    attempt(() => readChildren(element.content), DerError);
    attempt(() => readBitStringBytes(element), DerError);
    attempt(() => readUnsignedInteger(element), DerError);
    const oid = attempt(() => readObjectIdentifier(element), DerError);
    if (oid !== null) assertSame('OID', encodeObjectIdentifier(oid), element.bytes);
    const seconds = attempt(() => decodeTime(element), DerError);
    if (seconds !== null) {
      const encodings = [encodeTime(seconds), encodeGeneralizedTime(seconds)];
      const isOne = encodings.some((encoding) => Buffer.compare(encoding, element.bytes) === 0);
      assertSame('a time that encodes otherwise', isOne || !isStrict, true);
    }
  }
}
