import { array, exactOptional, nullable, number, strictObject, string, unknown } from 'valibot';
import type { CaLimits, NameTexts } from '../../../authorities/ca-limits.ts';
import type { KeyChoice } from '../../../authorities/choose-key.ts';
import { SignetError } from '../../../errors.ts';
import { type Profile, parseProfiles } from '../../../issuance/profiles.ts';
import { TEXT, TEXTS } from '../field-schemas.ts';

const NAMES = strictObject(
  {
    dns: exactOptional(TEXTS),
    ip: exactOptional(TEXTS),
    email: exactOptional(TEXTS),
  },
  'an object with dns, ip and email as arrays of strings',
);

const KEY_FIELDS = {
  keyAlgorithm: exactOptional(TEXT),
  keySource: exactOptional(TEXT),
};

const LIMIT_FIELDS = {
  pathLength: exactOptional(nullable(number('a whole number or null')), null),
  permittedNames: exactOptional(NAMES),
  excludedNames: exactOptional(NAMES),
  policies: exactOptional(array(string('a string'), 'an array of strings')),
  extendedKeyUsages: exactOptional(array(string('a string'), 'an array of strings')),
};

/** See readProfiles: a schema of records would take a list for one. */
const PROFILES = unknown();

const PROFILES_FIELD = { profiles: exactOptional(PROFILES, null) };

export const NEW_AUTHORITY_REQUEST = strictObject({
  name: TEXT,
  subject: TEXT,
  parent: exactOptional(nullable(TEXT), null),
  validity: exactOptional(TEXT),
  ...PROFILES_FIELD,
  ...KEY_FIELDS,
  ...LIMIT_FIELDS,
});

export const PENDING_AUTHORITY_REQUEST = strictObject({
  name: TEXT,
  subject: TEXT,
  ...PROFILES_FIELD,
  ...KEY_FIELDS,
  ...LIMIT_FIELDS,
});

export const AUTHORITY_IMPORT_REQUEST = strictObject({
  name: TEXT,
  certificate: TEXT,
  privateKey: exactOptional(TEXT),
  keySource: exactOptional(TEXT),
  ...PROFILES_FIELD,
});

export const AUTHORITY_UPDATE_REQUEST = strictObject({ profiles: PROFILES });

export const AUTHORITY_CERTIFICATE_REQUEST = strictObject({ certificate: TEXT });

export const RENEWAL_REQUEST = strictObject({ validity: exactOptional(TEXT) });

export const REKEY_REQUEST = strictObject({ validity: exactOptional(TEXT), ...KEY_FIELDS });

export const AUTHORITY_REVOCATION_REQUEST = strictObject({
  reason: exactOptional(TEXT, 'unspecified'),
});

const DEFAULT_KEY_ALGORITHM = 'P-256';

interface KeyFields {
  readonly keyAlgorithm?: string;
  readonly keySource?: string;
  readonly privateKey?: string;
}

/** @throws SignetError invalid-parameter where more than one source is named, or none can be read */
export function readKeyChoice({ keyAlgorithm, keySource, privateKey }: KeyFields): KeyChoice {
  const given = [keyAlgorithm, keySource, privateKey].filter((field) => field !== undefined);
  if (given.length > 1) {
    throw new SignetError(
      'invalid-parameter',
      'The key comes from one place: give keyAlgorithm, keySource or privateKey.',
      { field: 'keySource' },
    );
  }
  if (privateKey !== undefined) return { kind: 'given', privateKeyPem: privateKey };
  if (keySource === undefined) {
    return { kind: 'generate', algorithm: keyAlgorithm ?? DEFAULT_KEY_ALGORITHM };
  }
  return { kind: 'secret', secretName: keySource.replace(/^secret:/, '') };
}

const MAX_PROFILES = 50;

/** @throws SignetError invalid-parameter */
export function readProfiles(raw: unknown): ReadonlyMap<string, Profile> | null {
  if (raw === null) return null;
  const profiles = attemptToParse(raw);
  if (profiles.size >= 1 && profiles.size <= MAX_PROFILES) return profiles;
  throw refuseProfiles(`must name 1 to ${MAX_PROFILES} profiles, or be null`);
}

function attemptToParse(raw: unknown): ReadonlyMap<string, Profile> {
  try {
    return parseProfiles(raw);
  } catch (error) {
    throw refuseProfiles(error instanceof Error ? error.message : String(error));
  }
}

function refuseProfiles(reason: string): SignetError {
  return new SignetError('invalid-parameter', `'profiles' is refused: ${reason}.`, {
    field: 'profiles',
  });
}

interface NameFields {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly email?: readonly string[];
}

interface LimitFields {
  readonly pathLength: number | null;
  readonly permittedNames?: NameFields;
  readonly excludedNames?: NameFields;
  readonly policies?: readonly string[];
  readonly extendedKeyUsages?: readonly string[];
}

export function readLimits(fields: LimitFields): CaLimits {
  return {
    pathLength: fields.pathLength,
    permitted: readNames(fields.permittedNames),
    excluded: readNames(fields.excludedNames),
    policies: fields.policies ?? [],
    extendedKeyUsages: fields.extendedKeyUsages ?? [],
  };
}

function readNames({ dns = [], ip = [], email = [] }: NameFields = {}): NameTexts {
  return { dns, ip, email };
}
