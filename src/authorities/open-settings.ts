import { SignetError } from '../errors.ts';
import { parseProfiles } from '../issuance/profiles.ts';
import { checkRowSeal } from '../keys/row-seal.ts';
import type { Sealer } from '../keys/sealing.ts';
import { acmeSettingsRecordId, DEFAULT_ACME_SETTINGS, parseAcmeSettings } from './acme-settings.ts';
import type { Authority } from './authority.ts';
import { unavailable } from './find-refusal.ts';
import { profilesRecordId } from './format-profiles.ts';
import type { AuthorityRecord } from './store.ts';

/** Returns the refusal for every signing request if another program wrote the profiles. */
export async function openProfiles(
  sealer: Sealer,
  { lineageId, profilesJson: json, profilesSeal: seal }: AuthorityRecord,
): Promise<Authority['profiles'] | SignetError> {
  if (json === null) return null;
  const recordId = profilesRecordId(lineageId, json);
  const refusal = await checkSettings(sealer, recordId, seal, `the profiles of '${lineageId}'`);
  return refusal ?? parseProfiles(JSON.parse(json));
}

/** The same for the settings of ACME. */
export async function openAcmeSettings(
  sealer: Sealer,
  { lineageId, acmeJson: json, acmeSeal: seal }: AuthorityRecord,
): Promise<Authority['acme'] | SignetError> {
  if (json === null) return DEFAULT_ACME_SETTINGS;
  const recordId = acmeSettingsRecordId(lineageId, json);
  const refusal = await checkSettings(
    sealer,
    recordId,
    seal,
    `the ACME settings of '${lineageId}'`,
  );
  return refusal ?? parseAcmeSettings(json);
}

async function checkSettings(
  sealer: Sealer,
  recordId: string,
  seal: string | null,
  settings: string,
): Promise<SignetError | null> {
  try {
    await checkRowSeal(sealer, recordId, seal);
    return null;
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    return unavailable(`the seal of ${settings} does not fit them: set them again`, error);
  }
}
