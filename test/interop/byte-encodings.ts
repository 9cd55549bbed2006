/**
 * Hex and base64 of Uint8Array, which the Workers' platform has and Node before 25 has not. Import
 * it where code of src/ is to run in Node.
 */

function add(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true });
}

for (const [encoding, suffix] of [
  ['hex', 'Hex'],
  ['base64', 'Base64'],
] as const) {
  add(Uint8Array, `from${suffix}`, (text: string) => new Uint8Array(Buffer.from(text, encoding)));
  add(Uint8Array.prototype, `to${suffix}`, function (this: Uint8Array) {
    return Buffer.from(this).toString(encoding);
  });
}
