import { type DerElement, DerError } from '../../asn1/der.ts';
import { readSerialHex } from '../certificate/serial-number.ts';

/** Reads an INTEGER, whose tag may be implicit, as decimal. @throws DerError */
export function readInteger({ content }: DerElement): string {
  if (content.length === 0) throw new DerError('empty INTEGER');
  const hex = readSerialHex(content);
  const isNegative = hex.startsWith('-');
  const magnitude = BigInt(`0x${isNegative ? hex.slice(1) : hex}`);
  return `${isNegative ? '-' : ''}${magnitude}`;
}

/** Reads a non-negative INTEGER below 2^53, whose tag may be implicit. @throws DerError */
export function readSmallInteger(element: DerElement): number {
  const number = Number(readInteger(element));
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new DerError('an INTEGER is negative or too large');
}

/** Reads a BIT STRING with named bits, whose tag may be implicit, as names. A further bit is a number. */
export function readNamedBits({ content }: DerElement, names: readonly string[]): string[] {
  const found: string[] = [];
  for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
    const octet = content[1 + (bit >> 3)] ?? 0;
    if ((octet & (0x80 >> (bit & 7))) !== 0) found.push(names[bit] ?? String(bit));
  }
  return found;
}
