import type { AccessKeySecrets } from '../../src/access/secrets.ts';

/** The only access key. */
export const ACCESS_KEY = { id: 'root.key', secret: 'root-secret-for-tests' };

export const ACCESS_KEYS: AccessKeySecrets = {
  rootAccessKeyId: ACCESS_KEY.id,
  async findSecret(accessKeyId) {
    const isKnown = accessKeyId === ACCESS_KEY.id;
    return {
      accountId: isKnown ? 'root' : null,
      root: isKnown,
      secret: new TextEncoder().encode(isKnown ? ACCESS_KEY.secret : 'of nobody'),
    };
  },
  async permit({ accessKeyId, accountId }) {
    return { accountId, actor: accessKeyId, grant: null, policyId: null };
  },
  async readTerms() {
    return { scopes: ['*'], policyId: null };
  },
  async holdsAll() {
    return true;
  },
  async refresh(principal) {
    return principal;
  },
  async noteUse() {},
};
