import { describe, expect, it } from 'vitest';
import { actWithScope } from '../../src/access/identity.ts';
import { accessOf } from '../../src/access/principal.ts';

describe('actWithScope', () => {
  it('leaves the grant to be checked by the operation', () => {
    const identity = { accessKeyId: 'ak-1', accountId: 'acct-a', root: false };
    expect(actWithScope(identity, 'certificates:Issue')).toEqual({
      accountId: 'acct-a',
      actor: 'ak-1',
      grant: { accessKeyId: 'ak-1', scope: 'certificates:Issue' },
    });
  });

  it('leaves nothing to be checked for the key of the configuration', () => {
    const identity = { accessKeyId: 'root-key', accountId: 'root', root: true };
    expect(actWithScope(identity, 'certificates:Issue').grant).toBeNull();
  });
});

describe('accessOf', () => {
  it('takes whole seconds, so that a key has expired at its own second', () => {
    const principal = { accountId: 'acct-a', actor: 'ak-1', grant: null };
    expect(accessOf(principal, 1_999).nowSeconds).toBe(1);
    expect(accessOf(principal, 2_000).nowSeconds).toBe(2);
  });
});
