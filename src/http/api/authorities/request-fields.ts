import { exactOptional, nullable, number, strictObject, unknown } from 'valibot';
import type { CaLimits, NameTexts } from '../../../authorities/ca-limits.ts';
import type { KeyChoice } from '../../../authorities/choose-key.ts';
import { SignetError } from '../../../errors.ts';
import { type Profile, parseProfiles } from '../../../issuance/profiles.ts';
import { FLAG, TEXT, TEXTS } from '../common/field-schemas.ts';

const NAMES = strictObject(
  {
    dns: exactOptional(TEXTS),
    ip: exactOptional(TEXTS),
    email: exactOptional(TEXTS),
  },
  'an object with dns, ip and email as arrays of strings',
);

export const KEY_SCHEMAS = {
  keyAlgorithm: exactOptional(TEXT),
  keySource: exactOptional(TEXT),
};

export const KEY_NOTES = {
  keyAlgorithm: {
    description: 'Algorithm of a new key, which is stored sealed. Default: `P-256`.',
    enum: ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'Ed25519'],
  },
  keySource: '`secret:CA_KEY_…`: the secret that holds the key in PEM, instead of a new key.',
};

export const LIMIT_SCHEMAS = {
  pathLength: exactOptional(nullable(number('a whole number or null')), null),
  permittedNames: exactOptional(NAMES),
  excludedNames: exactOptional(NAMES),
  policies: exactOptional(TEXTS),
  extendedKeyUsages: exactOptional(TEXTS),
};

export const LIMIT_NOTES = {
  pathLength: {
    description:
      'The number of CA levels that may follow below it. 0: it issues only to end entities. `null`: no limit.',
    minimum: 0,
    maximum: 16,
  },
  permittedNames: 'Domains, networks and mailboxes that it may certify. Default: all.',
  excludedNames: 'Domains, networks and mailboxes that it may not certify.',
  policies: 'Dotted OIDs.',
  extendedKeyUsages: 'Names or dotted OIDs. Default: all.',
};

/** See readProfiles: a schema of records would accept an array. */
export const PROFILES = unknown();

export const PROFILES_NOTE = {
  description:
    'What it issues: profiles by name, as in the variable `PROFILES`. `null`: the profiles of the configuration.',
  type: ['object', 'null'],
};

export const ACME_SETTINGS = nullable(
  strictObject(
    { externalAccountRequired: FLAG },
    'an object with externalAccountRequired, or null',
  ),
);

export const ACME_NOTE =
  '`externalAccountRequired`: whether ACME accounts need an external account binding. Without one, every identifier has to be proven. `null`: the default, which is true.';

export const VALIDITY_NOTE =
  '`5y`, `18m`, `90d`, or a time. Default: 25 years for roots; for others 5 years, or until the CA above expires.';

const DEFAULT_KEY_ALGORITHM = 'P-256';

interface KeyFields {
  readonly keyAlgorithm?: string;
  readonly keySource?: string;
  readonly privateKey?: string;
}

/** @throws SignetError invalid-parameter if the request names more than one source */
export function readKeyChoice({ keyAlgorithm, keySource, privateKey }: KeyFields): KeyChoice {
  const given = [keyAlgorithm, keySource, privateKey].filter((field) => field !== undefined);
  if (given.length > 1) {
    throw new SignetError(
      'invalid-parameter',
      'The key has one source. Send only one of keyAlgorithm, keySource and privateKey.',
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
  throw refuseProfiles(`send 1 to ${MAX_PROFILES} profiles, or null`);
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
