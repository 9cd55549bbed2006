import { describe, expect, it } from 'vitest';
import { EXTENDED_KEY_USAGE_OID } from '../../src/asn1/oids.ts';
import {
  BUILT_IN_PROFILES,
  DEFAULT_PROFILE,
  describeProfiles,
  formatProfileValidity,
  parseProfile,
  parseProfiles,
} from '../../src/issuance/profiles.ts';

const GOOD = { validityDays: 30, extendedKeyUsages: ['clientAuth'] };

describe('parseProfile', () => {
  it('reads a profile, which backdates by five minutes by default', () => {
    expect(parseProfile('short', GOOD)).toEqual({
      name: 'short',
      validitySeconds: 30 * 86_400,
      backdateSeconds: 300,
      noRevAvail: false,
      extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.clientAuth],
    });
    expect(parseProfile('short', { ...GOOD, backdateSeconds: 0 }).backdateSeconds).toBe(0);
  });

  it('reads purposes by name or object identifier, and describes them by name if they have one', () => {
    const extendedKeyUsages = ['1.3.6.1.5.5.7.3.17', '1.3.6.1.5.5.7.3.1', 'emailProtection'];
    const profiles = parseProfiles({ a: { ...GOOD, extendedKeyUsages } });
    expect(describeProfiles(profiles).a?.extendedKeyUsages).toEqual([
      '1.3.6.1.5.5.7.3.17',
      'serverAuth',
      'emailProtection',
    ]);
    expect(parseProfiles(describeProfiles(profiles))).toEqual(profiles);
  });

  it('reads hours instead of days, and the absence of revocation information', () => {
    const { validityDays: _, ...usages } = GOOD;
    const raw = { ...usages, validityHours: 12, backdateSeconds: 60, noRevAvail: true };
    const profile = parseProfile('hours', raw);
    expect(profile).toMatchObject({ validitySeconds: 43_200, noRevAvail: true });
    expect(formatProfileValidity(profile)).toBe('12 hours');
    expect(describeProfiles(new Map([['hours', profile]]))).toEqual({ hours: raw });
    const week = parseProfile('week', { ...usages, validityHours: 168, noRevAvail: true });
    expect(formatProfileValidity(week)).toBe('7 days');
    expect(describeProfiles(new Map([['week', week]]))).toMatchObject({
      week: { validityDays: 7 },
    });
    expect(parseProfile('a', { ...GOOD, noRevAvail: false })).toEqual(parseProfile('a', GOOD));
  });

  it('returns a frozen profile', () => {
    const profile = parseProfile('short', GOOD);
    expect(Object.isFrozen(profile) && Object.isFrozen(profile.extendedKeyUsages)).toBe(true);
  });

  it.each(['', 'Upper', '-first', 'a b', 'ü', 'a'.repeat(65), '__proto__'])(
    'refuses the name %j',
    (name) => {
      expect(() => parseProfile(name, GOOD)).toThrow(/profile name/);
    },
  );

  it.each<[string, unknown, RegExp]>([
    ['null', null, /must be an object/],
    ['a list', [], /must be an object/],
    ['a text', 'tls', /must be an object/],
    ['an unknown field', { ...GOOD, isCa: true }, /unknown field 'isCa'/],
    ['no validity', { extendedKeyUsages: ['clientAuth'] }, /'validityDays'/],
    ['a validity of zero', { ...GOOD, validityDays: 0 }, /'validityDays'/],
    ['half a day', { ...GOOD, validityDays: 0.5 }, /'validityDays'/],
    ['days as text', { ...GOOD, validityDays: '30' }, /'validityDays'/],
    ['more than ten years', { ...GOOD, validityDays: 3654 }, /'validityDays'/],
    ['days and hours', { ...GOOD, validityHours: 1 }, /'validityDays' and 'validityHours'/],
    ['no hours', { validityHours: 0, extendedKeyUsages: ['clientAuth'] }, /'validityHours'/],
    ['noRevAvail as text', { ...GOOD, noRevAvail: 'yes' }, /'noRevAvail' as true or false/],
    ['noRevAvail for 30 days', { ...GOOD, noRevAvail: true }, /at most 7 days/],
    [
      'noRevAvail for an hour more than 7 days',
      { validityHours: 169, noRevAvail: true, extendedKeyUsages: ['clientAuth'] },
      /at most 7 days/,
    ],
    ['a negative backdate', { ...GOOD, backdateSeconds: -1 }, /'backdateSeconds'/],
    ['more than a day of backdate', { ...GOOD, backdateSeconds: 86401 }, /'backdateSeconds'/],
    ['null as backdate', { ...GOOD, backdateSeconds: Number.NaN }, /'backdateSeconds'/],
    ['no usages', { validityDays: 30 }, /'extendedKeyUsages'/],
    ['an empty list of usages', { ...GOOD, extendedKeyUsages: [] }, /'extendedKeyUsages'/],
    ['an unknown usage', { ...GOOD, extendedKeyUsages: ['any'] }, /unknown extended key usage/],
    [
      'an inherited name as usage',
      { ...GOOD, extendedKeyUsages: ['toString'] },
      /unknown extended/,
    ],
    ['any usage by its OID', { ...GOOD, extendedKeyUsages: ['2.5.29.37.0'] }, /unknown extended/],
    ['a number as usage', { ...GOOD, extendedKeyUsages: [1] }, /unknown extended key usage/],
  ])('refuses %s', (_, raw, message) => {
    expect(() => parseProfile('short', raw)).toThrow(message);
    expect(() => parseProfile('short', raw)).toThrow(/'short'/);
  });
});

describe('BUILT_IN_PROFILES', () => {
  it('includes the profile of the openssl-ca dialect', () => {
    expect(DEFAULT_PROFILE).toBe('tls-server-client');
    expect(BUILT_IN_PROFILES.get(DEFAULT_PROFILE)).toEqual({
      name: 'tls-server-client',
      validitySeconds: 365 * 86_400,
      backdateSeconds: 300,
      noRevAvail: false,
      extendedKeyUsages: [EXTENDED_KEY_USAGE_OID.serverAuth, EXTENDED_KEY_USAGE_OID.clientAuth],
    });
  });
});
