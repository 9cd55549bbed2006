import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import { resolveValidity, type ValidityLimits } from '../../src/issuance/validity.ts';
import { refusalMessage } from '../x509/refusal.ts';

const seconds = (time: string) => Date.parse(time) / 1000;
const format = (at: number) => new Date(at * 1000).toISOString().replace('.000Z', 'Z');

const NOW = '2026-01-31T12:34:56Z';

function limits(options: Partial<ValidityLimits> & { readonly now?: string } = {}): ValidityLimits {
  return {
    nowSeconds: seconds(options.now ?? NOW),
    backdateSeconds: 300,
    issuerNotBeforeSeconds: seconds('2020-01-01T00:00:00Z'),
    issuerNotAfterSeconds: seconds('9999-12-31T23:59:59Z'),
    maxValidityDays: null,
    ...options,
  };
}

const resolve = (text: string, options = limits()) => resolveValidity(text, options);
const message = (text: string, options = limits()) =>
  refusalMessage('invalid-parameter', () => resolve(text, options));

describe('resolveValidity: periods', () => {
  it.each([
    [NOW, '10y', '2036-01-31T12:34:56Z'],
    [NOW, '1m', '2026-02-28T12:34:56Z'],
    [NOW, '25m', '2028-02-29T12:34:56Z'],
    [NOW, '2m', '2026-03-31T12:34:56Z'],
    [NOW, '3m', '2026-04-30T12:34:56Z'],
    [NOW, '12m', '2027-01-31T12:34:56Z'],
    [NOW, '1d', '2026-02-01T12:34:56Z'],
    [NOW, '365d', '2027-01-31T12:34:56Z'],
    [NOW, '010d', '2026-02-10T12:34:56Z'],
    ['2028-02-29T00:00:00Z', '1y', '2029-02-28T00:00:00Z'],
    ['2028-02-29T23:59:59Z', '4y', '2032-02-29T23:59:59Z'],
    ['2096-02-29T00:00:00Z', '4y', '2100-02-28T00:00:00Z'],
    ['2026-12-31T23:59:59Z', '2m', '2027-02-28T23:59:59Z'],
    // The day when clocks in Europe change: UTC has none.
    ['2026-03-29T01:30:00Z', '1d', '2026-03-30T01:30:00Z'],
  ])('from %s, %s ends %s', (now, text, end) => {
    const { notBeforeSeconds, notAfterSeconds } = resolve(text, limits({ now }));
    expect(format(notAfterSeconds)).toBe(end);
    expect(notBeforeSeconds).toBe(seconds(now) - 300);
  });

  it('starts no earlier than the issuing CA', () => {
    const issuerNotBeforeSeconds = seconds(NOW) - 10;
    expect(resolve('1d', limits({ issuerNotBeforeSeconds })).notBeforeSeconds).toBe(
      issuerNotBeforeSeconds,
    );
  });

  it.each([
    ['0d', 'is 0d, no time at all'],
    ['00y', 'is 0y, no time at all'],
    ['-1y', 'is negative'],
    ['+1y', 'not a whole number'],
    ['1.5y', 'is fractional'],
    ['1,5y', 'is fractional'],
    ['.5y', 'not a whole number'],
    ['10', 'has no unit'],
    ['10w', 'unknown unit "w"'],
    ['10Y', 'unknown unit "Y"'],
    ['10M', 'unknown unit "M"'],
    ['10 y', 'a form that is not known'],
    ['1y6m', 'a form that is not known'],
    ['10y\n', 'a form that is not known'],
    ['1e3d', 'a form that is not known'],
    ['0x10d', 'a form that is not known'],
    ['１０y', 'no NotAfter of the form'],
    ['10y/20y', 'a form that is not known'],
    ['8000y', 'latest possible end is 9999-12-31T23:59:59Z'],
    ['9999999d', 'latest possible end is 9999-12-31T23:59:59Z'],
    ['99999999999999999999999m', 'latest possible end is 9999-12-31T23:59:59Z'],
    [`${'9'.repeat(400)}d`, 'latest possible end is 9999-12-31T23:59:59Z'],
  ])('refuses %j', (text, reason) => {
    expect(message(text)).toContain(reason);
  });
});

describe('resolveValidity: times', () => {
  it.each([
    ['2036-12-31T23:59:59Z', '2026-01-31T12:29:56Z', '2036-12-31T23:59:59Z'],
    ['2026-02-01T00:00:00Z/2027-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2025-01-01T00:00:00Z/2028-02-29T00:00:00Z', '2025-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ])('%s', (text, begin, end) => {
    const { notBeforeSeconds, notAfterSeconds } = resolve(text);
    expect([format(notBeforeSeconds), format(notAfterSeconds)]).toEqual([begin, end]);
  });

  it.each([
    ['', 'no NotAfter of the form yyyy-MM-ddTHH:mm:ssZ'],
    ['soon', 'no NotAfter of the form'],
    ['2036-12-31', 'no NotAfter of the form'],
    ['2036-12-31T23:59:59', 'no NotAfter of the form'],
    ['2036-12-31T23:59:59+08:00', 'no NotAfter of the form'],
    ['2036-12-31T23:59:59.000Z', 'no NotAfter of the form'],
    ['2036-12-31t23:59:59z', 'no NotAfter of the form'],
    ['2036-02-30T00:00:00Z', 'does not exist: NotAfter 2036-02-30'],
    ['2027-02-29T00:00:00Z', 'does not exist'],
    ['2036-13-01T00:00:00Z', 'does not exist'],
    ['2036-00-01T00:00:00Z', 'does not exist'],
    ['2036-01-01T24:00:00Z', 'does not exist'],
    ['2036-01-01T23:59:60Z', 'does not exist'],
    ['2026-02-30T00:00:00Z/2036-01-01T00:00:00Z', 'does not exist: NotBefore 2026-02-30'],
    ['2026-01-31T12:34:56Z', 'ends in the past'],
    ['2026-01-01T00:00:00Z/2026-01-02T00:00:00Z', 'ends in the past'],
    ['2036-01-01T00:00:00Z/2035-01-01T00:00:00Z', 'is reversed'],
    ['2036-01-01T00:00:00Z/2036-01-01T00:00:00Z', 'is reversed or empty'],
    ['2036-01-01T00:00:00Z/', 'no NotAfter of the form'],
    ['/2036-01-01T00:00:00Z', 'no NotBefore of the form'],
    ['2036-01-01T00:00:00Z/2037-01-01T00:00:00Z/2038-01-01T00:00:00Z', 'more than one "/"'],
    ['2019-12-31T23:59:59Z/2036-01-01T00:00:00Z', 'begins at 2020-01-01T00:00:00Z'],
  ])('refuses %j', (text, reason) => {
    expect(message(text)).toContain(reason);
  });
});

describe('resolveValidity: limits', () => {
  const issuerEnds = limits({ issuerNotAfterSeconds: seconds('2036-01-31T12:34:55Z') });
  const tenYears = limits({ maxValidityDays: 3650 });

  it('names the latest possible end if the issuing CA ends earlier', () => {
    expect(message('10y', issuerEnds)).toContain(
      'latest possible end is 2036-01-31T12:34:55Z (the issuing CA ends then)',
    );
    expect(resolve('2036-01-31T12:34:55Z', issuerEnds).notAfterSeconds).toBe(
      issuerEnds.issuerNotAfterSeconds,
    );
  });

  it('names the latest possible end if the number of days is limited', () => {
    expect(message('10y', tenYears)).toContain(
      'latest possible end is 2036-01-29T12:34:56Z (at most 3650 days are allowed)',
    );
    expect(resolve('3650d', tenYears).notAfterSeconds).toBe(seconds('2036-01-29T12:34:56Z'));
  });

  it('counts the days from a given NotBefore', () => {
    const short = limits({ maxValidityDays: 1 });
    expect(resolve('2030-01-01T00:00:00Z/2030-01-02T00:00:00Z', short).notBeforeSeconds).toBe(
      seconds('2030-01-01T00:00:00Z'),
    );
    expect(message('2030-01-01T00:00:00Z/2030-01-02T00:00:01Z', short)).toContain(
      '2030-01-02T00:00:00Z',
    );
  });

  it('ends as requested or refuses, for any text', () => {
    const part = fc.constantFrom('0', '1', '9', '-', '.', 'y', 'm', 'd', '/', 'T', ':', 'Z', NOW);
    fc.assert(
      fc.property(fc.string({ unit: part, maxLength: 12 }), (text) => {
        try {
          const { notBeforeSeconds, notAfterSeconds } = resolve(text, tenYears);
          expect(notAfterSeconds).toBeGreaterThan(tenYears.nowSeconds);
          expect(notAfterSeconds - notBeforeSeconds).toBeLessThanOrEqual(3650 * 86400 + 300);
        } catch (error) {
          if (!(error instanceof SignetError) || error.field !== 'validity') throw error;
        }
      }),
    );
  });
});
