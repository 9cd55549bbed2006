import { run } from './tools.ts';

/**
 * The Names in a certificate or request, byte for byte, found by `openssl asn1parse`: the SEQUENCEs
 * at depth 2 whose content is SETs (RFC 5280 section 4.1.2.4). Validity and other SEQUENCEs hold none.
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
