import { describe, expect, it } from 'vitest';
import { readHeaderRules } from '../../../tools/machine/header-rules.ts';

const RULES = readHeaderRules(`# a comment
/*
  X-Frame-Options: DENY
  Link: <https://a.example>; rel="x"

/console/*
  X-Frame-Options: SAMEORIGIN
/console/index
	Cache-Control: no-store
`);

describe('readHeaderRules', () => {
  it.each([
    ['/', { 'X-Frame-Options': 'DENY', Link: '<https://a.example>; rel="x"' }],
    ['/console/', { 'X-Frame-Options': 'SAMEORIGIN', Link: '<https://a.example>; rel="x"' }],
    ['/console', { 'X-Frame-Options': 'DENY', Link: '<https://a.example>; rel="x"' }],
  ])('gives %s the headers of all rules that match, the later first', (path, headers) => {
    expect(RULES.find(path)).toEqual(headers);
  });

  it('matches a pattern without * exactly', () => {
    expect(RULES.find('/console/index')).toHaveProperty('Cache-Control', 'no-store');
    expect(RULES.find('/console/index2')).not.toHaveProperty('Cache-Control');
  });

  it.each(['  A: b', '/*\n  no header'])('refuses %j', (text) => {
    expect(() => readHeaderRules(text)).toThrow('neither a pattern nor a header');
  });
});
