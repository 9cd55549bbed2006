import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSource } from '../../src/net/byte-source.ts';
import { encodeDnsQuery, parseDnsResponse } from '../../src/net/dns-message.ts';
import { readHttpMessage } from '../../src/net/http-message.ts';
import { NetworkError } from '../../src/net/network-error.ts';
import {
  parseCertificateMessage,
  parseCertificateRequest,
  parseEncryptedExtensions,
  parseServerHello,
  TLS_1_2,
  TLS_1_3,
} from '../../src/net/tls/messages.ts';
import { RecordReader } from '../../src/net/tls/records.ts';

const RUNS = { numRuns: 500 };

/** Random bytes, or a sample with a few of its bytes changed, left out or repeated. */
function arbitraryBytes(...samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const damaged = fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
    )
    .map(([sample, changes, length]) => {
      const bytes = sample.slice(
        0,
        sample.length - (length % 3 === 0 ? length % sample.length : 0),
      );
      for (const [index, value] of changes) bytes[index % Math.max(1, bytes.length)] = value;
      return bytes;
    });
  return fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }));
}

/** A source that returns the bytes in pieces of one length. */
function sourceOf(bytes: Uint8Array, piece = 7, limit = 64 * 1024): ByteSource {
  let offset = 0;
  const read = async () => {
    if (offset >= bytes.length) return null;
    offset += piece;
    return bytes.subarray(offset - piece, offset);
  };
  return new ByteSource(read, limit, 'response');
}

/** Returns the result, or null for a NetworkError; lets nothing else pass. */
function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof NetworkError) return null;
    throw error;
  }
}

async function attemptAsync<T>(promise: Promise<T>): Promise<T | null> {
  return promise.catch((error: unknown) => attempt(() => throwAgain(error)));
}

function throwAgain(error: unknown): never {
  throw error;
}

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''));
const utf8 = (text: string) => new TextEncoder().encode(text);

/** www.example.com A: a CNAME to cdn.example.com, which has an address, with pointers. */
const DNS_RESPONSE = hex(
  `0000 8180 0001 0002 0000 0000
   03777777 076578616d706c65 03636f6d 00 0001 0001
   c00c 0005 0001 0000003c 0006 0363646e c010
   c02d 0001 0001 0000003c 0004 01020304`.replaceAll('\n', ''),
);

describe('parseDnsResponse', () => {
  const parse = (bytes: Uint8Array) => parseDnsResponse(bytes, 'www.example.com', 1);

  it('reads names with pointers', () => {
    expect(parse(DNS_RESPONSE)).toEqual({
      code: 0,
      isNegative: false,
      answers: [
        expect.objectContaining({ name: 'www.example.com', type: 5, target: 'cdn.example.com' }),
        { name: 'cdn.example.com', type: 1, data: Uint8Array.of(1, 2, 3, 4), target: null },
      ],
    });
  });

  it('refuses a response to another question', () => {
    expect(() => parseDnsResponse(DNS_RESPONSE, 'www.example.org', 1)).toThrow(NetworkError);
    expect(() => parseDnsResponse(DNS_RESPONSE, 'www.example.com', 28)).toThrow(NetworkError);
    expect(() => parse(encodeDnsQuery('www.example.com', 1))).toThrow(NetworkError);
  });

  it('refuses pointers that lead forward or to themselves', () => {
    for (const pointer of [0x21, 0x2d, 0x3f]) {
      const bytes = DNS_RESPONSE.slice();
      bytes[0x22] = pointer;
      expect(() => parse(bytes)).toThrow(NetworkError);
    }
  });

  it('keeps a dot within a label apart from one between labels', () => {
    const bytes = DNS_RESPONSE.slice();
    bytes[bytes.lastIndexOf(0x63)] = 0x2e;
    expect(parse(bytes).answers[0]?.target).toBe('\\046dn.example.com');
  });

  it('throws nothing but NetworkError', () => {
    let read = 0;
    fc.assert(
      fc.property(arbitraryBytes(DNS_RESPONSE), (bytes) => {
        if (attempt(() => parse(bytes)) !== null) read++;
      }),
      RUNS,
    );
    expect(read).toBeGreaterThan(10);
  });
});

describe('readHttpMessage', () => {
  const CHUNKED = utf8(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n',
  );
  const WITH_LENGTH = utf8('HTTP/1.1 200\r\ncontent-length:  6 \r\nlocation: /x\r\n\r\nhello!rest');
  const TO_THE_END = utf8('HTTP/1.0 200 OK\n\nhello!');

  it.each([
    ['chunks', CHUNKED],
    ['a length', WITH_LENGTH],
    ['no length', TO_THE_END],
  ])('reads a body with %s, in pieces of any size', async (_, bytes) => {
    for (const piece of [1, 2, 7, 1000]) {
      const { status, body } = await readHttpMessage(sourceOf(bytes, piece));
      expect([status, new TextDecoder().decode(body)]).toEqual([200, 'hello!']);
    }
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nName : x\r\n\r\n',
    'HTTP/1.1 200 OK\r\n folded: x\r\n\r\n',
    'HTTP/2 200 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
  ])('refuses %j', async (text) => {
    await expect(readHttpMessage(sourceOf(utf8(text)))).rejects.toMatchObject({ code: 'response' });
  });

  it('throws nothing but NetworkError', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryBytes(CHUNKED, WITH_LENGTH, TO_THE_END), async (bytes) => {
        if ((await attemptAsync(readHttpMessage(sourceOf(bytes)))) !== null) read++;
      }),
      RUNS,
    );
    expect(read).toBeGreaterThan(10);
  });
});

describe('TLS messages', () => {
  /** TLS 1.3: version, key share. */
  const HELLO = hex(
    `0303 ${'11'.repeat(32)} 00 1301 00 002e 002b 0002 0304 0033 0024 001d 0020 ${'22'.repeat(32)}`,
  );
  const RETRY = hex(
    `0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00
     0014 002b 0002 0304 0033 0002 0018 002c 0004 0002 abcd`.replaceAll('\n', ''),
  );
  const EXTENSIONS = hex('000f 0010 000b 0009 08 687474702f312e31');
  const CERTIFICATE_1_3 = hex('00 00000a 000005 0102030405 0000');
  const CERTIFICATE_1_2 = hex('000008 000005 0102030405');

  it('reads a ServerHello and a HelloRetryRequest', () => {
    expect(parseServerHello(HELLO)).toEqual({
      version: 0x0304,
      cipher: 0x1301,
      isRetry: false,
      keyShare: { group: 29, publicBytes: hex('22'.repeat(32)) },
      cookie: null,
      protocol: null,
    });
    expect(parseServerHello(RETRY)).toMatchObject({
      isRetry: true,
      keyShare: { group: 24 },
      cookie: hex('abcd'),
    });
  });

  it('refuses an extension that occurs twice', () => {
    const protocol = '0010 0006 0004 03 616263';
    expect(parseEncryptedExtensions(hex(`000a ${protocol}`))).toBe('abc');
    expect(() => parseEncryptedExtensions(hex(`0014 ${protocol} ${protocol}`))).toThrow(
      NetworkError,
    );
  });

  it('reads the protocol and the first certificate', () => {
    expect(parseEncryptedExtensions(EXTENSIONS)).toBe('http/1.1');
    expect(parseCertificateMessage(CERTIFICATE_1_3, TLS_1_3)).toEqual(hex('0102030405'));
    expect(parseCertificateMessage(CERTIFICATE_1_2, TLS_1_2)).toEqual(hex('0102030405'));
  });

  it('throws nothing but NetworkError', () => {
    let read = 0;
    const samples = [HELLO, RETRY, EXTENSIONS, CERTIFICATE_1_2, CERTIFICATE_1_3];
    fc.assert(
      fc.property(arbitraryBytes(...samples), (bytes) => {
        const results = [
          attempt(() => parseServerHello(bytes)),
          attempt(() => parseEncryptedExtensions(bytes)),
          attempt(() => parseCertificateMessage(bytes, TLS_1_2)),
          attempt(() => parseCertificateMessage(bytes, TLS_1_3)),
          attempt(() => parseCertificateRequest(bytes)),
        ];
        if (results.some((result) => result !== null)) read++;
      }),
      RUNS,
    );
    expect(read).toBeGreaterThan(10);
  });
});

describe('RecordReader', () => {
  const RECORDS = hex('14 0303 0001 01 16 0303 0002 0102 15 0303 0002 0100');

  it('skips change_cipher_spec and ends at close_notify', async () => {
    const reader = new RecordReader(sourceOf(RECORDS));
    expect(await reader.read()).toEqual({ type: 22, content: Uint8Array.of(1, 2) });
    expect(await reader.read()).toBeNull();
  });

  it('reads on after the warning that a server of TLS 1.2 does not know the name', async () => {
    const reader = new RecordReader(sourceOf(hex('15 0303 0002 0170 16 0303 0001 05')));
    expect(await reader.read()).toEqual({ type: 22, content: Uint8Array.of(5) });
    const fatal = new RecordReader(sourceOf(hex('15 0303 0002 0270 16 0303 0001 05')));
    await expect(fatal.read()).rejects.toMatchObject({
      code: 'tls',
      message: expect.stringContaining('unrecognized_name'),
    });
  });

  it('throws nothing but NetworkError, encrypted or not', async () => {
    const usages = ['encrypt', 'decrypt'];
    const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, usages);
    await fc.assert(
      fc.asyncProperty(arbitraryBytes(RECORDS), fc.boolean(), async (bytes, isEncrypted) => {
        const reader = new RecordReader(sourceOf(bytes));
        if (isEncrypted) reader.useKeys({ key, iv: new Uint8Array(12) });
        while ((await attemptAsync(reader.read())) !== null);
      }),
      RUNS,
    );
  });
});

describe('ByteSource', () => {
  it('reads at most its limit', async () => {
    const endless = () => Promise.resolve(new Uint8Array(100));
    for (const read of [
      (source: ByteSource) => source.readToEnd(),
      (source: ByteSource) => source.readLine(),
      (source: ByteSource) => source.readExactly(2000),
    ]) {
      const source = new ByteSource(endless, 1024, 'response');
      await expect(read(source)).rejects.toMatchObject({ code: 'response' });
    }
  });

  it('returns the same bytes whatever pieces they come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        fc.integer({ min: 1, max: 600 }),
        fc.nat(5000),
        async (bytes, piece, first) => {
          const source = sourceOf(bytes, piece);
          const length = Math.min(first, bytes.length);
          expect(await source.readExactly(length)).toEqual(bytes.subarray(0, length));
          expect(await source.readToEnd()).toEqual(bytes.subarray(length));
        },
      ),
      { numRuns: 50 },
    );
  });
});
