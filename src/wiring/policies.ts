import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import { createOpenBounds } from '../policy/bounds.ts';
import { createPolicies } from '../policy/policies.ts';
import { openPolicy } from '../policy/sealed-policy.ts';
import { createPolicyStore } from '../store/policy.ts';
import { createBoundsStore } from '../store/policy-bounds.ts';
import type { Foundation } from './foundation.ts';

/** Joins issuance policies. */
export function wirePolicies(
  { db, config, sealer, clock, randomBytes }: Foundation,
  secrets: AccessKeySecrets,
) {
  const store = createPolicyStore(db);
  return {
    /** For /healthz: tells what is wrong with the policy that the configuration names. */
    async findPolicyProblem(): Promise<string | null> {
      const id = config.openSslCaPolicyId;
      if (id === null) return null;
      const access = { accountId: ROOT_ACCOUNT_ID, grant: null, nowSeconds: 0 };
      const sealed = await store.findPolicy(id, access);
      if (sealed === null) return `OPENSSL_CA_POLICY is ${id}, but there is no such policy.`;
      await openPolicy(sealer, sealed);
      return null;
    },
    openBounds: createOpenBounds({ store: createBoundsStore(db), secrets, sealer }),
    services: {
      policies: createPolicies({
        store,
        secrets,
        sealer,
        configuredPolicyId: config.openSslCaPolicyId,
        clock,
        randomBytes,
      }),
    },
  };
}
