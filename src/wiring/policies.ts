import type { AccessKeySecrets } from '../access/secrets.ts';
import { createPolicies } from '../policy/policies.ts';
import { createPolicyStore } from '../store/policy.ts';
import type { Foundation } from './foundation.ts';

/** Joins issuance policies. */
export function wirePolicies(
  { db, config, sealer, clock, randomBytes }: Foundation,
  secrets: AccessKeySecrets,
) {
  return {
    services: {
      policies: createPolicies({
        store: createPolicyStore(db),
        secrets,
        sealer,
        configuredPolicyId: config.openSslCaPolicyId,
        clock,
        randomBytes,
      }),
    },
  };
}
