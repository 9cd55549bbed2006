import { describe, expect, it } from 'vitest';
import { accessOf } from '../../src/access/principal.ts';

describe('accessOf', () => {
  it('rounds down to seconds, so that a key has expired in the second of its expiry', () => {
    const principal = { accountId: 'acct-a', actor: 'ak-1', grant: null, policyId: null };
    expect(accessOf(principal, 1_999).nowSeconds).toBe(1);
    expect(accessOf(principal, 2_000).nowSeconds).toBe(2);
  });
});
