/** Seeds for the fuzzers of what other hosts send. */

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const QUESTION = '03777777 076578616d706c65 03636f6d 00';

export function dnsSeeds(): Uint8Array[] {
  const caa = Buffer.from('\0\x05issueca.test; accounturi=https://a/1').toString('hex');
  return [
    // A, through a CNAME, with pointers.
    `0000 8180 0001 0002 0000 0000 ${QUESTION} 0001 0001
     c00c 0005 0001 0000003c 0006 0363646e c010
     c02d 0001 0001 0000003c 0004 01020304`,
    // No TXT record, with the SOA record of the zone.
    `0000 8183 0001 0000 0001 0000 ${QUESTION} 0010 0001
     c010 0006 0001 0000003c 0018 c010 c010 00000001 00000002 00000003 00000004 00000005`,
    `0000 8180 0001 0001 0000 0000 ${QUESTION} 0101 0001
     c00c 0101 0001 0000003c 00${(caa.length / 2).toString(16)} ${caa}`,
    `0000 8182 0001 0000 0000 0000 ${QUESTION} 001c 0001`,
  ].map(hex);
}

export function httpSeeds(): Uint8Array[] {
  return [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 302 Found\r\nLocation: https://a.example/x\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
    'HTTP/1.0 404 Not Found\n\nno',
    'HTTP/1.1 204 No Content\r\n\r\n',
  ].map((text) => Buffer.from(text));
}

export function tlsSeeds(): Uint8Array[] {
  const retry = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
  return [
    // ServerHello of TLS 1.3, HelloRetryRequest, ServerHello of TLS 1.2.
    `00 0303 ${'11'.repeat(32)} 00 1301 00 002e 002b 0002 0304 0033 0024 001d 0020 ${'22'.repeat(32)}`,
    `00 0303 ${retry} 00 1301 00 0014 002b 0002 0304 0033 0002 0018 002c 0004 0002 abcd`,
    `00 0303 ${'11'.repeat(32)} 00 c02f 00 0011 0010 000d 000b 0a 61636d652d746c732f31`,
    '01 000f 0010 000b 0009 08 687474702f312e31',
    '02 00 00000a 000005 0102030405 0000',
    '02 000008 000005 0102030405',
    '03 01ab 0008 000d 0004 0002 0403',
  ].map(hex);
}
