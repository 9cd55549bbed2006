import { describe, expect, it } from 'vitest';
import { ACCESS_KEY, openSecrets, ROOT_KEY } from './secrets-fixture.ts';

describe('createAccessKeySecrets', () => {
  it('returns the root key without reading the database', async () => {
    const { secrets, operations } = await openSecrets();
    const found = await secrets.findSecret(ROOT_KEY.id);
    expect(found).toMatchObject({ accountId: 'root', root: true });
    expect(new TextDecoder().decode(found.secret)).toBe(ROOT_KEY.secret);
    expect(operations).toEqual([]);
  });

  it('opens a secret once', async () => {
    const { secrets, operations } = await openSecrets();
    for (let i = 0; i < 3; i++) {
      const found = await secrets.findSecret(ACCESS_KEY.id);
      expect(found).toMatchObject({ accountId: ACCESS_KEY.accountId, root: false });
      expect(new TextDecoder().decode(found.secret)).toBe(ACCESS_KEY.secret);
    }
    expect(operations).toEqual(['seal', 'find', 'open']);
  });

  it('returns a random secret and no account for an unknown id', async () => {
    const { secrets } = await openSecrets();
    const { accountId, secret } = await secrets.findSecret('ak-unknown');
    expect(accountId).toBeNull();
    expect(secret).toHaveLength(40);
    const other = await (await openSecrets()).secrets.findSecret('ak-unknown');
    expect(other.secret).not.toEqual(secret);
  });

  it('caches a thousand secrets, and unknown ids evict no known one', async () => {
    const { secrets, operations } = await openSecrets();
    await secrets.findSecret(ACCESS_KEY.id);
    for (let i = 0; i <= 1000; i++) await secrets.findSecret(`ak-${i}`);
    operations.length = 0;
    await secrets.findSecret(ACCESS_KEY.id);
    await secrets.findSecret('ak-1000');
    expect(operations).toEqual([]);
    await secrets.findSecret('ak-0');
    expect(operations).toEqual(['find', 'open']);
  });

  it('leaves the check of the row to the operation if the sealed terms suffice', async () => {
    const { secrets, operations } = await openSecrets();
    const identity = { accessKeyId: ACCESS_KEY.id, accountId: ACCESS_KEY.accountId, root: false };
    await secrets.findSecret(ACCESS_KEY.id);
    operations.length = 0;
    expect(await secrets.permit(identity, 'certificates:Issue')).toEqual({
      accountId: ACCESS_KEY.accountId,
      actor: ACCESS_KEY.id,
      grant: { accessKeyId: ACCESS_KEY.id, scope: 'certificates:Issue' },
      policyId: null,
    });
    expect(operations).toEqual([]);
  });

  it('reads the row again before it refuses', async () => {
    const { secrets, operations } = await openSecrets();
    const identity = { accessKeyId: ACCESS_KEY.id, accountId: ACCESS_KEY.accountId, root: false };
    await secrets.findSecret(ACCESS_KEY.id);
    operations.length = 0;
    await expect(secrets.permit(identity, 'certificates:Read')).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(operations).toEqual(['find', 'open']);
  });

  it('needs no check for the root access key', async () => {
    const { secrets } = await openSecrets();
    const identity = { accessKeyId: ROOT_KEY.id, accountId: 'root', root: true };
    expect((await secrets.permit(identity, 'certificates:Issue')).grant).toBeNull();
  });

  it('notes the use of a key hourly', async () => {
    const { secrets, operations, clock } = await openSecrets();
    for (const minutes of [0, 1, 58, 1, 1, 58]) {
      clock.nowMs += minutes * 60_000;
      await secrets.noteUse(ACCESS_KEY.id);
    }
    expect(operations).toEqual([`note ${ACCESS_KEY.id} 3600`, `note ${ACCESS_KEY.id} 3600`]);
  });
});
