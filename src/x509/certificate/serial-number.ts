import { bytesToBigInt } from '../../bytes.ts';

/** 128 bits cannot be guessed and do not collide. RFC 5280 section 4.1.2.2 allows 20 octets. */
const SERIAL_BYTES = 16;

/** Returns `length` random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

/** Makes a positive serial number of 128 random bits, big-endian. */
export function generateSerial(randomBytes: RandomBytes): Uint8Array {
  for (;;) {
    const serial = randomBytes(SERIAL_BYTES);
    if (serial.some((byte) => byte !== 0)) return serial;
  }
}

/** Returns a positive serial number in Signet's form: lower-case hex without leading zeros. */
export function serialToHex(serial: Uint8Array): string {
  return serial.toHex().replace(/^0+(?=.)/, '');
}

/**
 * Returns the serial number of a certificate, CRL entry or OCSP request in Signet's form. A negative
 * one, which RFC 5280 section 4.1.2.2 asks to handle gracefully, gets a minus sign, as in openssl.
 * @param content of a minimal INTEGER (two's complement)
 */
export function readSerialHex(content: Uint8Array): string {
  if ((content[0] ?? 0) < 0x80) return serialToHex(content);
  const magnitude = (1n << BigInt(8 * content.length)) - bytesToBigInt(content);
  return `-${magnitude.toString(16)}`;
}

/** Returns the content of the INTEGER: the inverse of readSerialHex. */
export function encodeSerialHex(serialHex: string): Uint8Array {
  const isNegative = serialHex.startsWith('-');
  const magnitude = BigInt(`0x${isNegative ? serialHex.slice(1) : serialHex}`);
  // A byte must have room for the sign bit: -80 fits, and 80 does not.
  const signedBits = (isNegative ? magnitude - 1n : magnitude).toString(2).length + 1;
  const length = Math.ceil(signedBits / 8);
  const value = isNegative ? (1n << BigInt(8 * length)) - magnitude : magnitude;
  return Uint8Array.fromHex(value.toString(16).padStart(2 * length, '0'));
}

/** RFC 5280 section 4.1.2.2: at most 20 octets. */
export const MAX_SERIAL_HEX_DIGITS = 40;

/**
 * Returns a serial number in Signet's form, or null if it is not hex, is zero or is over 20 octets.
 * @param text in any case, with or without leading zeros, colons between bytes and a minus sign
 */
export function normalizeSerialHex(text: string): string | null {
  if (text.length > 128 || !/^-?[0-9A-Fa-f]+(?::[0-9A-Fa-f]+)*$/.test(text)) return null;
  const digits = text.replace(/[-:]/g, '').toLowerCase().replace(/^0+/, '');
  if (digits === '' || digits.length > MAX_SERIAL_HEX_DIGITS) return null;
  return text.startsWith('-') ? `-${digits}` : digits;
}
