import { describe, expect, it } from 'vitest';
import { allows } from '../../src/access/principal.ts';
import { SHARED_SECRET_PRINCIPAL } from '../../src/access/shared-secret.ts';

describe('allows', () => {
  it.each([
    [['*'], true],
    [['certificates:*'], true],
    [['certificates:Issue'], true],
    [['accounts:Manage', 'certificates:Issue'], true],
    [[], false],
    [['certificates:Read'], false],
    [['certificates'], false],
    [['certificates:'], false],
    [['certificates:Issu'], false],
    [['accounts:*'], false],
  ])('with the grants %j says %s to certificates:Issue', (scopes, expected) => {
    expect(allows({ accountId: 'a', actor: 'k', scopes }, 'certificates:Issue')).toBe(expected);
  });

  it('lets the shared secret issue and revoke, and nothing else', () => {
    expect(allows(SHARED_SECRET_PRINCIPAL, 'certificates:Issue')).toBe(true);
    expect(allows(SHARED_SECRET_PRINCIPAL, 'certificates:Revoke')).toBe(true);
    expect(allows(SHARED_SECRET_PRINCIPAL, 'certificates:Read')).toBe(false);
    expect(allows(SHARED_SECRET_PRINCIPAL, 'authorities:Manage')).toBe(false);
  });
});
