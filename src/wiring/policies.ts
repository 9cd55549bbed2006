import type { AccessKeySecrets } from '../access/secrets.ts';
import { createOpenBounds } from '../policy/bounds.ts';
import { createPolicies } from '../policy/policies.ts';
import { createPolicyStore } from '../store/policy.ts';
import { createBoundsStore } from '../store/policy-bounds.ts';
import type { Foundation } from './foundation.ts';

/** Joins issuance policies. */
export function wirePolicies(
  { db, config, sealer, clock, randomBytes }: Foundation,
  secrets: AccessKeySecrets,
) {
  return {
    openBounds: createOpenBounds({ store: createBoundsStore(db), secrets, sealer }),
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
