import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversScope, parseScopes, wholeService } from '../../src/access/scopes.ts';
import { covers, heldScope } from './scope-model.ts';

describe('coversScope', () => {
  it('agrees with a model of sets', () => {
    fc.assert(
      fc.property(heldScope, heldScope, (held, wanted) => {
        expect(coversScope(held, wanted)).toBe(covers(held, wanted));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['certificates', 'certificates:Issue'],
    ['certificates:', 'certificates:Issue'],
    ['certificates:Issu', 'certificates:Issue'],
    ['certificates:issue', 'certificates:Issue'],
    ['cert*', 'certificates:Issue'],
    ['*:Issue', 'certificates:Issue'],
    ['yundun:*', 'yundun-cert:Issue'],
    ['certificates:Issue', '*'],
    ['certificates:*', '*'],
    ['certificates:Issue', 'certificates:*'],
    ['', '*'],
    ['', ''],
  ])('finds that %j does not cover %j', (held, wanted) => {
    if (held !== wanted) expect(coversScope(held, wanted)).toBe(false);
  });
});

describe('wholeService', () => {
  it.each([
    ['certificates:Issue', 'certificates:*'],
    ['certificates:*', 'certificates:*'],
    ['*', '*'],
  ])('of %s is %s', (scope, whole) => expect(wholeService(scope)).toBe(whole));
});

describe('parseScopes', () => {
  it('accepts all scopes, and drops duplicates', () => {
    const scopes = [
      'inventory:Read',
      'inventory:Write',
      'inventory:Delete',
      'inventory:ReadPrivateKey',
      'certificates:Issue',
      'certificates:Read',
      'certificates:Revoke',
      'authorities:Manage',
      'accounts:Manage',
      'yundun-cert:DescribeCertificates',
      'yundun-cert:*',
      'accounts:*',
      '*',
    ];
    expect(parseScopes([...scopes, ...scopes])).toEqual(scopes);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', '*'],
    ['an object', { 0: '*' }],
    ['an empty array', []],
    ['too many', Array.from({ length: 65 }, () => '*')],
    ['a number', [1]],
    ['null in the array', ['*', null]],
    ['an empty string', ['']],
    ['a service alone', ['certificates']],
    ['no action', ['certificates:']],
    ['an unknown service', ['keys:Read']],
    ['a name of the prototype', ['constructor:Read']],
    ['an unknown action', ['certificates:Delete']],
    ['another case', ['certificates:issue']],
    ['a part of an action', ['certificates:Is*']],
    ['two actions', ['certificates:Issue:Read']],
    ['space', [' certificates:Issue']],
    ['a line feed behind it', ['certificates:Issue\n']],
    ['digits in an action', ['yundun-cert:Get2']],
    ['an action without end', [`yundun-cert:${'A'.repeat(100)}`]],
  ])('refuses %s', (_, value) => {
    expect(() => parseScopes(value)).toThrow(
      expect.objectContaining({ code: 'invalid-parameter', field: 'scopes' }),
    );
  });
});
