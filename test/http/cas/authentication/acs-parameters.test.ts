import { describe, expect, it } from 'vitest';
import {
  canonicalParameters,
  decodeParameters,
  mergeParameters,
} from '../../../../src/http/cas/authentication/acs-parameters.ts';

describe('decodeParameters', () => {
  it('decodes names and values, with plus as a space', () => {
    expect([...decodeParameters('a=1&b=%E4%B8%AD+%2B&&c&d=&e=x=y')]).toEqual([
      ['a', '1'],
      ['b', '中 +'],
      ['c', ''],
      ['d', ''],
      ['e', 'x=y'],
    ]);
    expect(decodeParameters('').size).toBe(0);
    expect([...decodeParameters('__proto__=1')]).toEqual([['__proto__', '1']]);
  });

  it.each(['a=%', 'a=%4', 'a=%zz', 'a=%ff', 'a=%ed%a0%80', '%ff=1'])('refuses %s', (text) => {
    expect(() => decodeParameters(text)).toThrow(
      expect.objectContaining({ code: 'malformed-request' }),
    );
  });

  it('refuses a parameter that is given twice, in any encoding', () => {
    for (const text of ['Csr=1&Csr=2', 'Csr=1&Csr=1', 'Csr=1&C%73r=1', 'Csr&Csr=']) {
      expect(() => decodeParameters(text)).toThrow(
        expect.objectContaining({ code: 'invalid-parameter', field: 'Csr' }),
      );
    }
    // The message repeats only names that look like parameters.
    expect(() => decodeParameters('%3Cb%3E=1&%3Cb%3E=1')).toThrow(
      expect.objectContaining({
        field: 'Parameter',
        message: 'A parameter is given twice. Give it once.',
      }),
    );
  });
});

describe('mergeParameters', () => {
  it('merges query and form, and refuses two values for one parameter', () => {
    const query = decodeParameters('a=1&b=2');
    expect([...mergeParameters(query, decodeParameters('b=2&c=3'))]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
    for (const form of ['b=3', 'b=']) {
      expect(() => mergeParameters(query, decodeParameters(form))).toThrow(
        expect.objectContaining({ code: 'invalid-parameter', field: 'b' }),
      );
    }
  });
});

describe('canonicalParameters', () => {
  it('sorts by name and encodes strictly', () => {
    expect(canonicalParameters(decodeParameters("b=(*)'!&a=~-_.&A=%2F&a.1="))).toBe(
      'A=%2F&a=~-_.&a.1=&b=%28%2A%29%27%21',
    );
  });
});
