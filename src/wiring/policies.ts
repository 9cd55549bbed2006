import { createPolicies } from '../policy/policies.ts';
import { createPolicyStore } from '../store/policy.ts';
import type { Foundation } from './foundation.ts';

/** Joins issuance policies. */
export function wirePolicies({ db, config, sealer, clock, randomBytes }: Foundation) {
  return {
    services: {
      policies: createPolicies({
        store: createPolicyStore(db),
        sealer,
        configuredPolicyId: config.openSslCaPolicyId,
        clock,
        randomBytes,
      }),
    },
  };
}
