import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeElement, encodeSequence, TAG } from '../../src/asn1/der.ts';
import { encodePem, PemError, parsePem } from '../../src/asn1/pem.ts';
import { readPemText } from '../../src/asn1/pem-or-der.ts';
import { csrPem } from '../fixtures.ts';

const der = Uint8Array.from({ length: 100 }, (_, i) => i);
const pem = encodePem('CERTIFICATE', der);
const base64 = der.toBase64();

describe('encodePem', () => {
  it('writes what OpenSSL writes', () => {
    const text = csrPem('p-256-sha256');
    const [block] = parsePem(text);
    expect(encodePem('CERTIFICATE REQUEST', block?.der ?? der)).toBe(text);
  });

  it('keeps to 64 columns and ends with a newline', () => {
    const lines = pem.split('\n');
    expect(lines.slice(1, -2).map((line) => line.length)).toEqual([64, 64, 8]);
    expect(lines.at(-1)).toBe('');
  });
});

describe('parsePem', () => {
  it('reads back what encodePem writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (bytes) => {
        expect(parsePem(encodePem('X', bytes))).toEqual([
          { label: 'X', der: Uint8Array.from(bytes), encrypted: false },
        ]);
      }),
    );
  });

  it.each([
    ['CRLF', pem.replaceAll('\n', '\r\n')],
    ['bare CR', pem.replaceAll('\n', '\r')],
    ['no newline at the end', pem.trimEnd()],
    ['white space around lines', pem.replaceAll('\n', ' \t\n \t')],
    ['blank lines', pem.replaceAll('\n', '\n\n')],
    ['one long line', `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`],
    ['short lines', pem.replace(base64.slice(0, 64), base64.slice(0, 64).replace(/.{5}/g, '$&\n'))],
    ['line ends lost', pem.replaceAll('\n', ' ')],
    ['everything on one line', `-----BEGIN CERTIFICATE-----${base64}-----END CERTIFICATE-----`],
    ['text around', `Certificate:\n    Data: -----\n-----BEGIN\n${pem}\nthe end -----\n`],
    ['a byte order mark', `\ufeff${pem}`],
    ['\\n for line ends, as in JSON and environment variables', pem.replaceAll('\n', '\\n')],
    ['\\r\\n for line ends', pem.replaceAll('\n', '\\r\\n')],
    ['UTF-16 read byte by byte', `\xff\xfe${pem.replaceAll(/./gs, '$&\0')}`],
    ['UTF-16 in the other order', pem.replaceAll(/./gs, '\0$&')],
  ])('lets pass: %s', (_, text) => {
    expect(parsePem(text)).toEqual([{ label: 'CERTIFICATE', der, encrypted: false }]);
  });

  it('returns the blocks in order', () => {
    const text = `a\n${pem}b\n${encodePem('X509 CRL', Uint8Array.of(1))}c`;
    expect(parsePem(text).map(({ label }) => label)).toEqual(['CERTIFICATE', 'X509 CRL']);
  });

  it.each(['', 'nonsense', '-----BEGIN X', '-----BEGIN -----', '-----BEGIN \n-----'])(
    'finds no block in %j',
    (text) => {
      expect(parsePem(text)).toEqual([]);
    },
  );

  it('reports RFC 1421 encryption and skips headers', () => {
    const withHeaders = (headers: string) =>
      `-----BEGIN RSA PRIVATE KEY-----\n${headers}\n\n${base64}\n-----END RSA PRIVATE KEY-----\n`;
    const label = 'RSA PRIVATE KEY';
    expect(parsePem(withHeaders('Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00'))).toEqual([
      { label, der, encrypted: true },
    ]);
    expect(parsePem(withHeaders('proc-type: 4, ENCRYPTED\r\n'))[0]?.encrypted).toBe(true);
    expect(parsePem(withHeaders('Proc-Type: 4,MIC-CLEAR\nComment: a\n b'))).toEqual([
      { label, der, encrypted: false },
    ]);
  });

  it.each([
    ['no END', pem.replace(/-----END.*/, ''), '"CERTIFICATE" has no END'],
    ['no END before the next BEGIN', pem.replace(/-----END.*/, '') + pem, 'has no END'],
    ['END cut off', pem.slice(0, -3), 'has no END'],
    ['another label at its end', pem.replace('END CERTIFICATE', 'END X'), 'ends with END "X"'],
    ['garbage', pem.replace('AAEC', 'A*EC'), 'block "CERTIFICATE" holds broken base64'],
    ['missing padding', pem.replace('==\n', '\n').replace('=\n', '\n'), 'broken base64'],
    ['data behind the padding', pem.replace('-----END', 'AAAA\n-----END'), 'broken base64'],
    ['nothing', '-----BEGIN X-----\n-----END X-----', '"X" is empty'],
    ['six dashes', pem.replace('CERTIFICATE-----', 'CERTIFICATE------'), 'broken base64'],
    ['headers without an end', '-----BEGIN X-----A: b-----END X-----', 'have no end'],
  ])('refuses a block with %s', (_, text, message) => {
    expect(() => parsePem(text)).toThrow(PemError);
    expect(() => parsePem(text)).toThrow(message);
  });

  it.each([
    ['dashes', '-'.repeat(1_000_000)],
    ['BEGIN', '-----BEGIN '.repeat(100_000)],
    ['whole BEGIN lines', '-----BEGIN A-----\n'.repeat(60_000)],
    ['END', '-----END A-----\n'.repeat(60_000)],
    ['headers', `-----BEGIN A-----\n${'a:\n'.repeat(300_000)}\n-----END A-----`],
    ['spaces', `-----BEGIN A-----${' '.repeat(1_000_000)}:-----END A-----`],
    ['long label', `-----BEGIN ${'A '.repeat(500_000)}`],
    ['empty blocks', '-----BEGIN A-----AAAA-----END A-----'.repeat(30_000)],
  ])('takes linear time on a megabyte of %s', { timeout: 2_000 }, (_, text) => {
    try {
      parsePem(text);
    } catch (error) {
      expect(error).toBeInstanceOf(PemError);
    }
  });

  it('throws only PemError, for any input', () => {
    const piece = fc.constantFrom(
      '-----',
      'BEGIN ',
      'END ',
      'A',
      '\n',
      '\r',
      ' ',
      ':',
      'AAAA',
      '=',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parsePem(text);
          } catch (error) {
            expect(error).toBeInstanceOf(PemError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('readPemText', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const utf16 = (text: string, isLittle: boolean) => {
    const bytes = new Uint8Array(2 * text.length);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), isLittle);
    return bytes;
  };

  it.each([
    ['PEM', encode(pem)],
    ['text before it that begins with 0', encode(`0 s:CN=a\n${pem}`)],
    ['UTF-16LE with a byte order mark', utf16(`\ufeff${pem}`, true)],
    ['UTF-16BE with a byte order mark', utf16(`\ufeff${pem}`, false)],
    ['UTF-16LE without one', utf16(pem, true)],
  ])('returns the text of %s', (_, bytes) => {
    expect(parsePem(readPemText(bytes) ?? '')).toEqual([
      { label: 'CERTIFICATE', der, encrypted: false },
    ]);
  });

  it.each([
    ['DER', encodeSequence(encodeElement(TAG.octetString, der))],
    ['DER that contains PEM', encodeSequence(encodeElement(TAG.utf8String, encode(pem)))],
    ['other text', encode('hello')],
    ['nothing', new Uint8Array()],
  ])('returns null for %s', (_, bytes) => {
    expect(readPemText(bytes)).toBeNull();
  });
});
