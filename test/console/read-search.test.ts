import { describe, expect, it } from 'vitest';
import { readSearch, showSearch } from '../../src/console/pages/certificates/read-search.ts';

describe('readSearch', () => {
  it.each([
    ['*.corp.example', { dns: '*.corp.example' }],
    ['AB'.repeat(32), { fingerprint: 'AB'.repeat(32) }],
    ['ab:cd:ef:01:23:45:67:89', { serial: 'abcdef0123456789' }],
    ['10.0.0.5', { ip: '10.0.0.5' }],
    ['2001:db8::7', { ip: '2001:db8::7' }],
    [' Corp Ltd ', { text: 'Corp Ltd' }],
    ['alice@corp.example', { text: 'alice@corp.example' }],
    ['cafe', { text: 'cafe' }],
    ['  ', {}],
  ])('reads %j', (typed, filters) => {
    expect(readSearch(typed)).toEqual(filters);
    const [shown = ''] = Object.values(filters);
    expect(showSearch(new URLSearchParams(filters))).toBe(shown);
  });
});
