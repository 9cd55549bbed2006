import { describe, expect, it } from 'vitest';
import { isCountryCode } from '../../../src/x509/names/country-codes.ts';
import { formatName } from '../../../src/x509/names/names.ts';
import { encodeSubjectFields } from '../../../src/x509/names/subject-fields.ts';
import { refusalMessage } from '../refusal.ts';

describe('isCountryCode', () => {
  it('knows the 249 codes of ISO 3166-1', () => {
    const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
    const codes = letters.flatMap((a) => letters.map((b) => a + b)).filter(isCountryCode);
    expect(codes).toHaveLength(249);
    expect(codes).toEqual(expect.arrayContaining(['CN', 'DE', 'GB', 'SS', 'TW', 'ZW']));
  });

  it.each(['', 'cn', 'UK', 'EU', 'XK', 'AN', 'CHN', 'C N', 'CN CO'])(
    'does not know "%s"',
    (text) => {
      expect(isCountryCode(text)).toBe(false);
    },
  );
});

describe('encodeSubjectFields', () => {
  it('writes the fields in DER order, whatever their order in the input', () => {
    const nameDer = encodeSubjectFields({
      CommonName: 'Testing CA',
      OrganizationUnit: 'Cloud Security',
      Organization: 'Alibaba',
      Locality: '杭州',
      State: 'Zhejiang',
      Country: 'CN',
    });
    expect(formatName(nameDer)).toBe(
      'CN=Testing CA,OU=Cloud Security,O=Alibaba,L=杭州,ST=Zhejiang,C=CN',
    );
  });

  it('writes the country as PrintableString and the other fields as UTF8String', () => {
    expect(encodeSubjectFields({ Country: 'DE', CommonName: 'a' }).toHex()).toBe(
      '3019310b3009060355040613024445310a300806035504030c0161',
    );
  });

  it.each([
    ['State', 128],
    ['Locality', 128],
    ['Organization', 64],
    ['OrganizationUnit', 64],
    ['CommonName', 64],
  ])('limits %s to %s characters', (field, bound) => {
    const encode = (length: number) => encodeSubjectFields({ [field]: '界'.repeat(length) });
    expect(encode(bound).length).toBeGreaterThan(3 * bound);
    expect(refusalMessage('invalid-subject', () => encode(bound + 1))).toContain(
      `longer than ${bound} characters`,
    );
  });

  it.each([
    [{}, 'give at least a CommonName'],
    [{ Country: 'cn' }, 'upper case: write CN'],
    [{ Country: 'XX' }, 'not a code of ISO 3166-1'],
    [{ Country: '' }, 'not a code of ISO 3166-1'],
    [{ CommonName: '' }, 'CN is empty'],
    [{ CommonName: ' ' }, 'CN is empty'],
    [{ CommonName: 'a\u0000b' }, 'U+0000'],
    [{ CommonName: 'a\u202eb' }, 'U+202E'],
    [{ Organization: 'a\ud800' }, 'Organization is not well-formed Unicode'],
  ])('refuses %j', (fields, reason) => {
    expect(refusalMessage('invalid-subject', () => encodeSubjectFields(fields))).toContain(reason);
  });
});
