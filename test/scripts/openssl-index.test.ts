import { describe, expect, it } from 'vitest';
import { parseIndex } from '../../scripts/openssl-index.ts';

const line = (...fields: string[]) => fields.join('\t');

describe('parseIndex', () => {
  it('parses valid, expired and revoked entries', () => {
    const text = [
      '# a comment',
      line('V', '361119041744Z', '', '0F01', 'unknown', '/O=Old/CN=a b'),
      line('E', '20491231235959Z', '', '0F02', 'unknown', '/CN=b'),
      line('R', '20501231235959Z', '260131120000Z', '0F03', 'f.pem', '/CN=c'),
      '',
    ].join('\n');
    expect(parseIndex(text)).toEqual([
      { serial: '0F01', subject: '/O=Old/CN=a b', notAfter: '2036-11-19T04:17:44Z' },
      { serial: '0F02', subject: '/CN=b', notAfter: '2049-12-31T23:59:59Z' },
      {
        serial: '0F03',
        subject: '/CN=c',
        notAfter: '2050-12-31T23:59:59Z',
        revocation: { revokedAt: '2026-01-31T12:00:00Z', reason: 'unspecified' },
      },
    ]);
    expect(parseIndex(text.replaceAll('\n', '\r\n'))).toEqual(parseIndex(text));
    expect(parseIndex('')).toEqual([]);
  });

  it.each([
    ['unspecified', 'unspecified'],
    ['keyCompromise', 'keyCompromise'],
    ['CACompromise', 'cACompromise'],
    ['affiliationChanged', 'affiliationChanged'],
    ['superseded', 'superseded'],
    ['cessationOfOperation', 'cessationOfOperation'],
    ['certificateHold', 'certificateHold'],
    ['holdInstruction,holdInstructionReject', 'certificateHold'],
  ])('knows the reason %s', (field, reason) => {
    const [entry] = parseIndex(
      line('R', '361119041744Z', `260131120000Z,${field}`, '01', 'x', '/'),
    );
    expect(entry?.revocation).toEqual({ revokedAt: '2026-01-31T12:00:00Z', reason });
  });

  it.each([
    ['keyTime', 'keyCompromise'],
    ['CAkeyTime', 'cACompromise'],
  ])('takes the date of %s as the invalidity date', (name, reason) => {
    const field = `260131120000Z,${name},20250203040506Z`;
    expect(parseIndex(line('R', '361119041744Z', field, '01', 'x', '/'))[0]?.revocation).toEqual({
      revokedAt: '2026-01-31T12:00:00Z',
      reason,
      invalidityDate: '2025-02-03T04:05:06Z',
    });
  });

  it('reads two-digit years as 1950 to 2049', () => {
    const read = (expiry: string) =>
      parseIndex(line('E', expiry, '', '01', 'x', '/'))[0]?.notAfter.slice(0, 4);
    expect([read('500101000000Z'), read('491231235959Z')]).toEqual(['1950', '2049']);
  });

  it.each([
    ['V\t361119041744Z\t\t01\tunknown', 'six fields'],
    ['X\t361119041744Z\t\t01\tunknown\t/CN=a', 'status "X"'],
    ['V\t361119041744Z\t\tzz\tunknown\t/CN=a', '"zz"'],
    ['V\t361119041744Z\t\t--01\tunknown\t/CN=a', '"--01"'],
    ['V\t361319041744Z\t\t01\tunknown\t/CN=a', '"361319041744Z"'],
    ['V\t360230041744Z\t\t01\tunknown\t/CN=a', '"360230041744Z"'],
    ['R\t361119041744Z\t\t01\tunknown\t/CN=a', '""'],
    ['R\t361119041744Z\t260131120000Z,removeFromCRL\t01\tunknown\t/CN=a', 'complete CRL'],
    ['R\t361119041744Z\t260131120000Z,whim\t01\tunknown\t/CN=a', '"whim"'],
    ['R\t361119041744Z\t260131120000Z,keyTime\t01\tunknown\t/CN=a', 'missing'],
  ])('refuses %j and names the line', (bad, message) => {
    const text = `${line('V', '361119041744Z', '', '02', 'unknown', '/CN=a')}\n${bad}\n`;
    expect(() => parseIndex(text)).toThrow(/^index\.txt, line 2: /);
    expect(() => parseIndex(text)).toThrow(message);
  });
});
