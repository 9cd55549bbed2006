import { describeProfiles, type Profile } from '../issuance/profiles.ts';
import { sealRow } from '../keys/row-seal.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Formats an authority's own profiles for its record. Equal profiles give equal texts.
 * @throws SignetError sealing-unavailable
 */
export async function formatProfiles(
  sealer: Sealer,
  lineageId: string,
  profiles: ReadonlyMap<string, Profile> | null,
): Promise<Pick<AuthorityRecord, 'profilesJson' | 'profilesSeal'>> {
  if (profiles === null) return { profilesJson: null, profilesSeal: null };
  const profilesJson = JSON.stringify(describeProfiles(profiles));
  const profilesSeal = await sealRow(sealer, profilesRecordId(lineageId, profilesJson));
  return { profilesJson, profilesSeal };
}

/** Names the profiles of an authority, for their seal. `SEALED_PROFILES_SQL` builds the same text. */
export function profilesRecordId(lineageId: string, profilesJson: string): string {
  return `profiles:${lineageId}:${profilesJson}`;
}
