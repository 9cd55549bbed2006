import { run } from './tools.ts';

/**
 * Returns the Names in a certificate or CSR, byte for byte, by `openssl asn1parse`: the SEQUENCEs at
 * depth 2 that contain SETs (RFC 5280 section 4.1.2.4). Validity and other SEQUENCEs contain none.
 */
export function readNames(der: Uint8Array): Uint8Array[] {
  const listing = run('openssl', ['asn1parse', '-inform', 'DER'], { input: der }).stdout;
  const elements = [...listing.matchAll(/^ *(\d+):d=(\d+) +hl=(\d+) +l= *(\d+) \w+: (\w+)/gm)].map(
    ([, offset, depth, header, length, type]) => ({
      start: Number(offset),
      depth: Number(depth),
      end: Number(offset) + Number(header) + Number(length),
      type,
    }),
  );
  return elements
    .filter(
      ({ depth, type }, at) =>
        depth === 2 &&
        type === 'SEQUENCE' &&
        elements[at + 1]?.type === 'SET' &&
        elements[at + 1]?.depth === 3,
    )
    .map(({ start, end }) => der.subarray(start, end));
}
