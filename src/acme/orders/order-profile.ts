import { CAS_PROFILE, type Profile } from '../../issuance/profiles.ts';
import type { Policy } from '../../policy/policy.ts';
import { AcmeError } from '../acme-error.ts';

/** The profile of an order that names none, if it may be used. */
const DEFAULT_ACME_PROFILE = 'tls-server';

/**
 * Returns the profiles that orders may name.
 * @param profiles the authority's, or else those of the configuration
 */
export function listAcmeProfiles(
  profiles: ReadonlyMap<string, Profile>,
): ReadonlyMap<string, Profile> {
  return new Map([...profiles].filter(([name]) => name !== CAS_PROFILE));
}

/**
 * Chooses the profile of an order: the one that it names, or else the default, or else the first that
 * the policies permit.
 * @throws AcmeError invalid-profile
 */
export function chooseProfile(
  profiles: ReadonlyMap<string, Profile>,
  asked: string | null,
  policies: readonly Policy[],
): Profile {
  const permitted = [...listAcmeProfiles(profiles).values()].filter(({ name }) =>
    policies.every(({ rules }) => rules.profiles === 'any' || rules.profiles.includes(name)),
  );
  const wanted = asked ?? DEFAULT_ACME_PROFILE;
  const found =
    permitted.find(({ name }) => name === wanted) ?? (asked === null ? permitted[0] : null);
  if (found != null) return found;
  const names = permitted.map(({ name }) => name).join(', ');
  throw new AcmeError(
    'invalid-profile',
    permitted.length === 0
      ? 'There is no profile that this account may use.'
      : `The order cannot have this profile. Use ${names}, or name none.`,
    { field: 'profile' },
  );
}

/** Returns the longest validity that all policies permit, in seconds; null for no limit. */
export function findMaxValidity(policies: readonly Policy[]): number | null {
  const limits = policies
    .map(({ rules }) => rules.maxValiditySeconds)
    .filter((seconds) => seconds !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}
