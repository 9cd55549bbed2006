import type { RandomBytes } from '../x509/certificate/serial-number.ts';

/** A UUID of version 4 (RFC 9562 section 5.4). */
export function randomUuid(randomBytes: RandomBytes): string {
  const bytes = randomBytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x40);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
