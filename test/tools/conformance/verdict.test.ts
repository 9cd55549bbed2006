import { describe, expect, it } from 'vitest';
import { formatTable } from '../../../tools/conformance/report.ts';
import { compareVerdict } from '../../../tools/conformance/tools/verdict.ts';
import { findUrls } from '../../../tools/conformance/urls.ts';
import { makeObject } from './objects.ts';

describe('compareVerdict', () => {
  const good = makeObject('good');
  const revoked = makeObject('revoked', 'revoked leaf');

  it.each([
    ['a good one accepted', good, null, true],
    ['a revoked one refused as revoked', revoked, 'error 23: certificate revoked', true],
    ['a revoked one accepted by who does not ask', revoked, null, false],
  ])('finds nothing in %s', (_, object, objection, asks) => {
    expect(compareVerdict('tool', object, objection, asks)).toEqual([]);
  });

  it.each([
    ['a good one refused', good, 'certificate revoked', true, 'certificate revoked'],
    ['a revoked one accepted', revoked, null, true, 'it accepts a revoked certificate'],
    ['a revoked one refused for another cause', revoked, 'no\n CRL', true, 'no CRL'],
    ['a revoked one refused by who does not ask', revoked, 'expired', false, 'expired'],
  ])('finds an error in %s', (_, object, objection, asks, message) => {
    expect(compareVerdict('tool', object, objection, asks)).toEqual([
      { tool: 'tool', object, severity: 'error', id: 'verdict', message },
    ]);
  });
});

describe('formatTable', () => {
  it('has a row per kind and tool', () => {
    const object = makeObject('a');
    const base = { tool: 'lint', object, id: 'x', message: '' };
    const results = [
      { tool: 'lint', checked: [object, makeObject('b')], findings: [] },
      { tool: 'none', checked: [], findings: [] },
    ];
    const table = formatTable(results, {
      failures: [
        { ...base, severity: 'error' },
        { ...base, severity: 'warning' },
        { ...base, severity: 'notice' },
      ],
      accepted: [{ ...base, severity: 'notice' }],
      unused: [],
    });
    expect(table.split('\n').map((line) => line.trim().split(/ +/))).toEqual([
      ['object', 'tool', 'checked', 'errors', 'warnings', 'accepted'],
      ['leaf', 'lint', '2', '1', '2', '1'],
    ]);
  });
});

describe('findUrls', () => {
  const TEXT = `        X509v3 extensions:
            X509v3 CRL Distribution Points: 
                Full Name:
                  URI:http://a.test/crl/a/0.crl

            Authority Information Access: 
                OCSP - URI:http://a.test/ocsp/a
`;
  it('returns only the addresses below the heading', () => {
    expect(findUrls(TEXT, 'X509v3 CRL Distribution Points')).toEqual(['http://a.test/crl/a/0.crl']);
    expect(findUrls(TEXT, 'X509v3 Freshest CRL')).toEqual([]);
  });
});
