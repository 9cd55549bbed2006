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

/** Returns a serial number in Signet's form: lower-case hex without leading zeros. */
export function serialToHex(serial: Uint8Array): string {
  return serial.toHex().replace(/^0+(?=.)/, '');
}

/** RFC 5280 section 4.1.2.2: at most 20 octets. */
const MAX_SERIAL_HEX_DIGITS = 40;

/**
 * Returns a serial number in Signet's form, or null if it is not hex, is zero or is over 20 octets.
 * @param text in any case, with or without leading zeros and colons between bytes
 */
export function normalizeSerialHex(text: string): string | null {
  if (text.length > 128 || !/^[0-9A-Fa-f]+(?::[0-9A-Fa-f]+)*$/.test(text)) return null;
  const digits = text.replaceAll(':', '').toLowerCase().replace(/^0+/, '');
  return digits === '' || digits.length > MAX_SERIAL_HEX_DIGITS ? null : digits;
}
