import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEnvelope,
  importEnvelopeKey,
  openEnvelope,
} from '../../../src/http/openssl-ca/envelope.ts';
import vectors from './envelope.vectors.json';
import { sealEnvelope } from './seal-envelope.ts';

const KEY = await importEnvelopeKey(vectors.secret);

async function open(text: string) {
  const envelope = decodeEnvelope(text);
  return envelope === null ? null : openEnvelope(KEY, envelope);
}

describe('envelope', () => {
  for (const { name, mode, padded, envelope, plaintext } of vectors.vectors) {
    it(`opens the vector ${name}, ${mode}, ${padded ? 'padded' : 'unpadded'}`, async () => {
      const readings = await open(envelope);
      expect(readings).toContainEqual(expect.objectContaining({ text: plaintext, padded }));
    });
  }

  it('opens what a client seals, in any mode, padded or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 200, unit: fc.constantFrom(...'0aZ +\n\r\té证') }),
        fc.constantFrom('cfb8' as const, 'cfb128' as const),
        fc.boolean(),
        async (text, mode, padded) => {
          // White space at the end of unpadded text can look like padding, so callers trim.
          const readings = await open(await sealEnvelope(text, { mode, padded }));
          expect(readings?.map((reading) => reading.text.trimEnd())).toContain(text.trimEnd());
        },
      ),
      { numRuns: 100 },
    );
  });

  it('opens plaintexts of every length around the prefix and the block', async () => {
    for (const mode of ['cfb8', 'cfb128'] as const) {
      for (const length of [1, 15, 16, 17, 47, 48, 49, 63, 64, 65, 79, 80, 81, 1040]) {
        const text = 'x'.repeat(length);
        for (const padded of [true, false]) {
          const readings = await open(await sealEnvelope(text, { mode, padded }));
          expect(readings, `${mode} ${length}`).toContainEqual(
            expect.objectContaining({ text, padded }),
          );
        }
      }
    }
  });

  // SECURITY.md says what follows from it.
  it.each(['cfb8', 'cfb128'] as const)('opens a part of an envelope, in %s', async (mode) => {
    const serial = '0123456789ABCDEF0123456789ABCDEF';
    const envelope = decodeEnvelope(
      await sealEnvelope(`${'#'.repeat(64)}${serial}${'#'.repeat(20)}`, { mode, padded: true }),
    );
    const part = envelope?.slice(64, 64 + 16 + serial.length) ?? new Uint8Array();
    expect(await openEnvelope(KEY, part)).toContainEqual(
      expect.objectContaining({ text: serial, isForgeable: false }),
    );
  });

  it('ignores line breaks and other characters outside the alphabet', async () => {
    const text = await sealEnvelope('01'.repeat(40), { mode: 'cfb8', padded: true });
    const broken = `\r\n${text.replace(/(.{20})/g, '$1\r\n!')}`;
    expect(await open(broken)).toContainEqual(
      expect.objectContaining({ text: '01'.repeat(40), padded: true }),
    );
  });

  it.each(['', '!!!!', 'not base64!', 'abc', 'ab=c', 'YQ=', 'YR=='])(
    'refuses %j, which is not base64',
    (text) => {
      expect(decodeEnvelope(text)).toBeNull();
    },
  );

  it('returns no reading for less than 17 bytes', async () => {
    for (let length = 0; length <= 16; length++) {
      expect(await openEnvelope(KEY, new Uint8Array(length))).toEqual([]);
    }
  });

  it('returns no reading with another secret, after decrypting only the prefix', async () => {
    const text = await sealEnvelope('x'.repeat(8000), {
      mode: 'cfb8',
      padded: true,
      secret: 'another secret of 32 characters!',
    });
    expect(await countBlocks(text)).toBe(64 + 4);
  });

  it.each(['cfb8', 'cfb128'] as const)(
    'decrypts at most as much garbage as there is text in front of it, in %s',
    async (mode) => {
      const step = mode === 'cfb8' ? 1 : 16;
      const seen = decodeEnvelope(await sealEnvelope('x'.repeat(12_000), { mode, padded: true }));
      for (const kept of [64, 100, 500, 4000]) {
        const forged = seen?.slice() ?? new Uint8Array();
        crypto.getRandomValues(forged.subarray(16 + kept));
        const other = mode === 'cfb8' ? 4 : 64;
        expect(await countBlocks(forged.toBase64())).toBeLessThan(
          (2 * (kept + 128)) / step + other,
        );
      }
    },
  );

  /** Counts the AES operations on an envelope that has no reading. */
  async function countBlocks(text: string): Promise<number> {
    const encrypt = crypto.subtle.encrypt;
    let blocks = 0;
    crypto.subtle.encrypt = (...parameters) => {
      blocks++;
      return encrypt.apply(crypto.subtle, parameters);
    };
    try {
      expect(await open(text)).toEqual([]);
    } finally {
      crypto.subtle.encrypt = encrypt;
    }
    return blocks;
  }

  it('never throws on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await openEnvelope(KEY, bytes)).toBeInstanceOf(Array);
      }),
      { numRuns: 200 },
    );
  });
});
