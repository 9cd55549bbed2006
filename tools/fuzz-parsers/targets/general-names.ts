import { DerError, encodeElement } from '../../../src/asn1/der.ts';
import { readHostInCommonName } from '../../../src/x509/names/common-name-host.ts';
import {
  encodeSubjectAltName,
  parseSubjectAltName,
} from '../../../src/x509/names/general-names.ts';
import { formatIpAddress, parseIpAddress } from '../../../src/x509/names/ip-address.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';
import { readUtf8 } from '../text.ts';

export function fuzz(data: Buffer): void {
  for (const der of listDerReadings(data)) judgeList(der);
  const text = readUtf8(data);
  const ofCommonName = readHostInCommonName(text)?.name ?? null;
  if (ofCommonName !== null) encodeSubjectAltName([ofCommonName]);
  const octets = parseIpAddress(text);
  if (octets !== null) {
    const canonical = formatIpAddress(octets);
    assertSame('address', parseIpAddress(canonical ?? ''), octets);
  }
  // Takes the text as one name of each kind.
  for (const tag of [0x81, 0x82, 0x86, 0x87]) {
    judgeList(encodeElement(0x30, encodeElement(tag, new Uint8Array(data))));
  }
}

function judgeList(der: Uint8Array): void {
  const names = attempt(() => parseSubjectAltName(der), DerError);
  if (names === null) return;
  assertOneEncoding(der);
  assertTrue(
    'ASCII',
    names.every(({ value }) => /^[ -~]+$/.test(value)),
  );
  const again = encodeSubjectAltName(names);
  assertSame('names', parseSubjectAltName(again), names);
  for (const { kind, value } of names) {
    // The platform must accept each accepted URI too; it has more rules for http and similar schemes.
    if (kind === 'uri') assertTrue(`not a URL: ${value}`, isUrl(value));
  }
}

function isUrl(uri: string): boolean {
  const isSpecial = /^(?:https?|ftp|wss?|file):/i.test(uri);
  return isSpecial ? true : URL.canParse(uri) || !uri.includes('//');
}
