import { sealRow } from '../keys/row-seal.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { AuthorityRecord } from './store.ts';

/** How an authority serves ACME. */
export interface AcmeSettings {
  /** Whether a new account needs an external account binding (RFC 8555 section 7.3.4). */
  readonly externalAccountRequired: boolean;
}

export const DEFAULT_ACME_SETTINGS: AcmeSettings = Object.freeze({ externalAccountRequired: true });

/**
 * Formats settings for the record.
 * @param settings null for the defaults
 * @throws SignetError sealing-unavailable
 */
export async function formatAcmeSettings(
  sealer: Sealer,
  lineageId: string,
  settings: AcmeSettings | null,
): Promise<Pick<AuthorityRecord, 'acmeJson' | 'acmeSeal'>> {
  if (settings === null) return { acmeJson: null, acmeSeal: null };
  const acmeJson = JSON.stringify(settings);
  return { acmeJson, acmeSeal: await sealRow(sealer, acmeSettingsRecordId(lineageId, acmeJson)) };
}

/** Reads the settings of a record. What is missing or malformed has its default. */
export function parseAcmeSettings(json: string | null): AcmeSettings {
  const parsed: unknown = json === null ? null : JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null) return DEFAULT_ACME_SETTINGS;
  const isOpen = 'externalAccountRequired' in parsed && parsed.externalAccountRequired === false;
  return { externalAccountRequired: !isOpen };
}

/** Names the settings of an authority, for their seal. `SEALED_ACME_SETTINGS_SQL` builds the same text. */
export function acmeSettingsRecordId(lineageId: string, acmeJson: string): string {
  return `acme:${lineageId}:${acmeJson}`;
}
