const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 12;
/** The largest multiple of 36 in a byte: what lies above would favour the first letters. */
const FAIR_BYTES = 252;

/** 'cert-' and 12 random characters of a-z0-9. */
export function makeEntryId(randomBytes: (length: number) => Uint8Array): string {
  let characters = '';
  while (characters.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      if (byte < FAIR_BYTES && characters.length < LENGTH) {
        characters += ALPHABET.charAt(byte % ALPHABET.length);
      }
    }
  }
  return `cert-${characters}`;
}
