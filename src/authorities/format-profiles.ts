import { describeProfiles, type Profile } from '../issuance/profiles.ts';

/** An authority's own profiles as its record keeps them: equal texts are equal profiles. */
export function formatProfiles(profiles: ReadonlyMap<string, Profile> | null): string | null {
  return profiles === null ? null : JSON.stringify(describeProfiles(profiles));
}
