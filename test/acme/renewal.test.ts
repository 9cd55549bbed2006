import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCertificateId, parseCertificateId, suggestWindow } from '../../src/acme/renewal.ts';

const DAY = 86400;
const NOW = 1_800_000_000;

describe('the id of a certificate', () => {
  it('is that of the example in RFC 9773 section 4.1', () => {
    const text = 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE';
    const id = parseCertificateId(text);
    expect(id.keyIdentifier.toHex()).toBe('69885b6b87464041e1b37b847ba0ae2cde01c8d4');
    expect(id.serialHex).toBe('87654321');
    expect(formatCertificateId(id)).toBe(text);
  });

  it('is read back as it was written', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });
    const serial = fc.bigInt({ min: 1n, max: (1n << 128n) - 1n });
    fc.assert(
      fc.property(bytes, serial, (keyIdentifier, number) => {
        const id = { keyIdentifier, serialHex: number.toString(16) };
        expect(parseCertificateId(formatCertificateId(id))).toEqual(id);
      }),
    );
  });

  it.each([
    '',
    '.',
    'AA.',
    '.AA',
    'AA==.AQ==',
    'AA.AQ.AQ',
    'A.AQ',
    'AA.AB',
    'AA.AAE',
    'A+.AQ',
    `${'A'.repeat(100)}.AQ`,
  ])('%j is refused', (text) => {
    expect(() => parseCertificateId(text)).toThrow('RFC 9773');
  });
});

describe('suggestWindow', () => {
  it.each([
    [90 * DAY, 2 / 3],
    [10 * DAY, 2 / 3],
    [10 * DAY - 1, 1 / 2],
    [6 * 3600, 1 / 2],
  ])('a life of %i seconds is renewed around %d of it', (life, share) => {
    const validity = { notBeforeSeconds: NOW, notAfterSeconds: NOW + life };
    const { startSeconds, endSeconds } = suggestWindow(validity, false, NOW);
    expect(Math.abs(startSeconds - (NOW + life * (share - 0.01)))).toBeLessThanOrEqual(1);
    expect(Math.abs(endSeconds - (NOW + life * (share + 0.01)))).toBeLessThanOrEqual(1);
  });

  it('ends after it starts, within the life, or in the past', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3653 * DAY }), fc.boolean(), (life, mustGo) => {
        const validity = { notBeforeSeconds: NOW, notAfterSeconds: NOW + life };
        const { startSeconds, endSeconds } = suggestWindow(validity, mustGo, NOW);
        expect(startSeconds).toBeLessThan(endSeconds);
        if (mustGo) expect(endSeconds).toBeLessThan(NOW);
        else expect(endSeconds).toBeLessThanOrEqual(NOW + life);
      }),
    );
  });
});
