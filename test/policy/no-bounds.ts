import type { Bounds } from '../../src/policy/bounds.ts';

/** The bounds of a certificate of the authority `default` that no policy bounds. */
export const NO_BOUNDS: Bounds = {
  lineageId: 'default',
  callerPolicyId: null,
  accountPolicyId: null,
  authorityPolicyId: null,
  policies: [],
};
