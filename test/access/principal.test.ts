import { describe, expect, it } from 'vitest';
import { actWithScope } from '../../src/access/identity.ts';
import { accessOf } from '../../src/access/principal.ts';

describe('actWithScope', () => {
  it('leaves the check of the grant to the operation', () => {
    const identity = { accessKeyId: 'ak-1', accountId: 'acct-a', root: false };
    expect(actWithScope(identity, 'certificates:Issue')).toEqual({
      accountId: 'acct-a',
      actor: 'ak-1',
      grant: { accessKeyId: 'ak-1', scope: 'certificates:Issue' },
    });
  });

  it('needs no check for the root access key', () => {
    const identity = { accessKeyId: 'root-key', accountId: 'root', root: true };
    expect(actWithScope(identity, 'certificates:Issue').grant).toBeNull();
  });
});

describe('accessOf', () => {
  it('rounds down to seconds, so that a key has expired in the second of its expiry', () => {
    const principal = { accountId: 'acct-a', actor: 'ak-1', grant: null };
    expect(accessOf(principal, 1_999).nowSeconds).toBe(1);
    expect(accessOf(principal, 2_000).nowSeconds).toBe(2);
  });
});
