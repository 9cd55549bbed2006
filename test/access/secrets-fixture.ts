import {
  type AccessKeySecrets,
  createAccessKeySecrets,
  type SecretDependencies,
  secretRecordId,
} from '../../src/access/secrets.ts';
import { createSealer } from '../../src/keys/sealing.ts';

export const ROOT_KEY = { id: 'root.key', secret: 'päss:word' };
export const ACCESS_KEY = {
  id: 'ak-AAAAAAAAAAAAAAAAAAAA',
  accountId: 'acct-aaaaaaaaaaaa',
  secret: 'abcdefghijklmnopqrstuvwxyz0123456789ABCD',
};
const TERMS = {
  id: ACCESS_KEY.id,
  accountId: ACCESS_KEY.accountId,
  scopes: ['certificates:Issue'],
  enabled: true,
  expiresAtSeconds: null,
  policyId: null,
};

/** Makes secrets over a store with ACCESS_KEY alone; `operations` lists the calls to it. */
export async function openSecrets(
  rootAccessKey: SecretDependencies['rootAccessKey'] = ROOT_KEY,
): Promise<{
  secrets: AccessKeySecrets;
  operations: string[];
  clock: { nowMs: number };
}> {
  const operations: string[] = [];
  const clock = { nowMs: Date.UTC(2030, 0, 1) };
  const sealer = createSealer(new Map([[1, new Uint8Array(32).fill(7)]]));
  const sealedSecret = await sealer.seal(
    secretRecordId(TERMS),
    new TextEncoder().encode(ACCESS_KEY.secret),
  );
  const secrets = createAccessKeySecrets({
    store: {
      async findSealedSecret(id) {
        operations.push('find');
        // Further ids, to fill the cache.
        const known = id === ACCESS_KEY.id;
        return known ? { terms: TERMS, sealedSecret } : null;
      },
      async noteUse(id, nowSeconds, dueSeconds) {
        operations.push(`note ${id} ${nowSeconds - dueSeconds}`);
      },
    },
    sealer: {
      ...sealer,
      seal(recordId, plaintext) {
        operations.push('seal');
        return sealer.seal(recordId, plaintext);
      },
      open(recordId, sealed) {
        operations.push('open');
        return sealer.open(recordId, sealed);
      },
    },
    rootAccessKey,
    clock: () => clock.nowMs,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
  return { secrets, operations, clock };
}
