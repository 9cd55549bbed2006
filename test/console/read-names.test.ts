import { describe, expect, it } from 'vitest';
import { chooseSubject, readNames } from '../../src/console/pages/issue/read-names.ts';

describe('readNames', () => {
  it('finds the kind of each name', () => {
    expect(
      readNames('www.corp.example\n *.x.test, 10.0.0.5 2001:DB8::7\na@b.test https://x.test/y'),
    ).toEqual([
      { kind: 'dns', value: 'www.corp.example' },
      { kind: 'dns', value: '*.x.test' },
      { kind: 'ip', value: '10.0.0.5' },
      { kind: 'ip', value: '2001:db8::7' },
      { kind: 'email', value: 'a@b.test' },
      { kind: 'uri', value: 'https://x.test/y' },
    ]);
  });
});

describe('chooseSubject', () => {
  it('takes what was typed, or the first name if it fits', () => {
    const names = readNames('www.corp.example');
    expect(chooseSubject(' CN=a ', names)).toBe('CN=a');
    expect(chooseSubject('', names)).toBe('CN=www.corp.example');
    expect(chooseSubject('', readNames(`${'a'.repeat(60)}.corp.example`))).toBe('');
    expect(chooseSubject('', [])).toBe('');
  });
});
