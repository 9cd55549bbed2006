/**
 * Hex and base64 of Uint8Array for code of src/ that runs in Node. Node 24 has them only behind a
 * flag, and then wrong: its toHex of a subarray begins at the start of the buffer. So they are
 * always replaced. Loaded before everything else, by --import or as a setup file.
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
