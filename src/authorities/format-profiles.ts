import { describeProfiles, type Profile } from '../issuance/profiles.ts';

/** Formats an authority's own profiles for its record. Equal profiles give equal texts. */
export function formatProfiles(profiles: ReadonlyMap<string, Profile> | null): string | null {
  return profiles === null ? null : JSON.stringify(describeProfiles(profiles));
}
