/**
 * Adds hex and base64 to Uint8Array, for code of src/ that runs in Node. Node 24 has these methods
 * only behind a flag, and with an error: toHex of a subarray starts at the beginning of the buffer.
 * Load this file first, by --import or as a setup file.
 */

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

for (const [encoding, suffix] of [
  ['hex', 'Hex'],
  ['base64', 'Base64'],
] as const) {
  define(Uint8Array, `from${suffix}`, (text: string) => {
    return new Uint8Array(Buffer.from(text, encoding));
  });
  define(Uint8Array.prototype, `to${suffix}`, function (this: Uint8Array) {
    return Buffer.from(this).toString(encoding);
  });
}

export {};
