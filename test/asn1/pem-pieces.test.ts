import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePem } from '../../src/asn1/pem.ts';
import { encodePemPieces, pemLength } from '../../src/asn1/pem-pieces.ts';

describe('encodePemPieces', () => {
  it('writes the same as encodePem, for any pieces', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        async function* read() {
          yield* parts;
        }
        const der = Uint8Array.from(parts.flatMap((part) => [...part]));
        fc.pre(der.length > 0);
        let text = '';
        for await (const piece of encodePemPieces('X509 CRL', read())) {
          text += new TextDecoder().decode(piece);
        }
        expect(text).toBe(encodePem('X509 CRL', der));
        expect(pemLength('X509 CRL', der.length)).toBe(text.length);
      }),
    );
  });

  it('writes long pieces, whose lines are encoded in blocks', async () => {
    const der = crypto.getRandomValues(new Uint8Array(60_001));
    for (const at of [0, 1, 47, 48, 49, 24_576, 24_577, 60_001]) {
      async function* read() {
        yield der.subarray(0, at);
        yield der.subarray(at);
      }
      let text = '';
      for await (const piece of encodePemPieces('X509 CRL', read())) {
        text += new TextDecoder().decode(piece);
      }
      expect(text).toBe(encodePem('X509 CRL', der));
    }
  });
});
