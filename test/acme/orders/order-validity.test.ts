import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkValidity,
  chooseValidity,
  parseValidity,
} from '../../../src/acme/orders/order-validity.ts';
import type { Profile } from '../../../src/issuance/profiles.ts';
import { BUILT_IN_PROFILES } from '../../../src/issuance/profiles.ts';

const NOW = 1_800_000_000;
const DAY = 86400;

function getProfile(): Profile {
  const profile = BUILT_IN_PROFILES.get('tls-server');
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

const PROFILE = getProfile();
const FOREVER = NOW + 1000 * DAY;

describe('parseValidity', () => {
  it.each([undefined, null, '', '0001-01-01T00:00:00Z'])('takes %j for none', (value) => {
    expect(parseValidity(value, value)).toEqual({ notBeforeSeconds: null, notAfterSeconds: null });
  });

  it('reads RFC 3339, with fractions and offsets', () => {
    expect(parseValidity('2027-01-15T08:00:00Z', '2027-01-15t10:00:00.9+02:00')).toEqual({
      notBeforeSeconds: NOW,
      notAfterSeconds: NOW,
    });
  });

  it.each([1, true, {}, 'now', '2027-01-15', '2027-13-15T08:00:00Z', '2027-01-15T08:00:00'])(
    'refuses %j',
    (value) => {
      expect(() => parseValidity(value, null)).toThrow("'notBefore' must be a time");
      expect(() => parseValidity(null, value)).toThrow("'notAfter' must be a time");
    },
  );
});

describe('checkValidity', () => {
  const check = (
    notBeforeSeconds: number | null,
    notAfterSeconds: number | null,
    maxValidity: number | null = null,
    latest = FOREVER,
  ) => checkValidity({ notBeforeSeconds, notAfterSeconds }, PROFILE, maxValidity, latest, NOW);

  it.each([
    [null, null],
    [null, NOW + 90 * DAY],
    [NOW - 300, NOW + 1],
    [NOW + DAY, NOW + 2 * DAY],
  ])('permits %s to %s', (from, to) => {
    expect(() => check(from, to)).not.toThrow();
  });

  it.each([
    [NOW - 301, null, 'seconds ago'],
    [NOW + 90 * DAY, null, 'too late'],
    [null, NOW, 'later than now'],
    [NOW + DAY, NOW + DAY, 'later than now'],
    [null, NOW + 90 * DAY + 1, 'too late'],
    // The profile counts from now on, even if the certificate begins later.
    [NOW + DAY, NOW + 91 * DAY, 'too late'],
  ])('refuses %s to %s', (from, to, reason) => {
    expect(() => check(from, to)).toThrow(reason);
  });

  it('counts the limit of a policy from the start of the certificate', () => {
    expect(() => check(null, NOW + 3600, 3600)).not.toThrow();
    expect(() => check(null, NOW + 3601, 3600)).toThrow('too late');
    expect(() => check(NOW + DAY, NOW + DAY + 3600, 3600)).not.toThrow();
    expect(() => check(NOW + DAY, NOW + DAY + 3601, 3600)).toThrow('too late');
  });

  it("never goes beyond the authority's end", () => {
    expect(() => check(null, NOW + DAY + 1, null, NOW + DAY)).toThrow('later than the end');
  });
});

describe('chooseValidity', () => {
  it('has the default of the profile, cut to the limit of the policies', () => {
    const none = { notBeforeSeconds: null, notAfterSeconds: null };
    expect(chooseValidity(none, PROFILE, null, NOW)).toEqual({
      notBeforeSeconds: NOW - 300,
      notAfterSeconds: NOW + 90 * DAY,
    });
    expect(chooseValidity(none, PROFILE, 3600, NOW).notAfterSeconds).toBe(NOW + 3600);
    expect(chooseValidity(none, PROFILE, 1000 * DAY, NOW).notAfterSeconds).toBe(NOW + 90 * DAY);
  });

  it('keeps what was permitted to an order, within the profile, also later', () => {
    const offset = fc.integer({ min: -400, max: 100 * DAY });
    const property = fc.property(offset, offset, fc.nat(7 * DAY), (from, to, laterBy) => {
      const asked = { notBeforeSeconds: NOW + from, notAfterSeconds: NOW + to };
      try {
        checkValidity(asked, PROFILE, null, FOREVER, NOW);
      } catch {
        return;
      }
      const now = NOW + laterBy;
      const chosen = chooseValidity(asked, PROFILE, null, now);
      expect(chosen.notAfterSeconds).toBe(asked.notAfterSeconds);
      expect(chosen.notBeforeSeconds).toBe(Math.max(asked.notBeforeSeconds, now - 300));
    });
    fc.assert(property);
  });

  it('starts at a future start that was asked for, and never ends later than the profile permits', () => {
    const asked = { notBeforeSeconds: NOW + DAY, notAfterSeconds: null };
    expect(chooseValidity(asked, PROFILE, 3600, NOW)).toEqual({
      notBeforeSeconds: NOW + DAY,
      notAfterSeconds: NOW + DAY + 3600,
    });
    expect(chooseValidity(asked, PROFILE, null, NOW).notAfterSeconds).toBe(NOW + 90 * DAY);
  });
});
