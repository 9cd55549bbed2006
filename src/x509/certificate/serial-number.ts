/** 128 bits: RFC 5280 section 4.1.2.2 allows 20 octets, and nobody guesses or repeats one of these. */
const SERIAL_BYTES = 16;

/** Fills as many random bytes as asked for. */
export type RandomBytes = (length: number) => Uint8Array;

/** A positive serial number of 128 random bits, big-endian. */
export function generateSerial(randomBytes: RandomBytes): Uint8Array {
  for (;;) {
    const serial = randomBytes(SERIAL_BYTES);
    if (serial.some((byte) => byte !== 0)) return serial;
  }
}

/** A serial number as this project writes it: lower-case hex without leading zeros. */
export function serialToHex(serial: Uint8Array): string {
  return serial.toHex().replace(/^0+(?=.)/, '');
}

/** RFC 5280 section 4.1.2.2: at most 20 octets. */
const MAX_SERIAL_HEX_DIGITS = 40;

/**
 * A serial number as people and tools write it (any case, leading zeros, colons between bytes) in
 * this project's form, or null for what is none: not hex, zero, or over 20 octets.
 */
export function normalizeSerialHex(text: string): string | null {
  if (text.length > 128 || !/^[0-9A-Fa-f]+(?::[0-9A-Fa-f]+)*$/.test(text)) return null;
  const digits = text.replaceAll(':', '').toLowerCase().replace(/^0+/, '');
  return digits === '' || digits.length > MAX_SERIAL_HEX_DIGITS ? null : digits;
}
