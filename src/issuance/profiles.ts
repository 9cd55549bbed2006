import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import {
  ANY_EXTENDED_KEY_USAGE,
  nameExtendedKeyUsage,
  parseExtendedKeyUsage,
} from '../x509/certificate/extended-key-usages.ts';

/** The kind of certificate that is issued for a CSR. parseProfile checks it. */
export interface Profile {
  readonly name: string;
  /** The longest validity, from now on. */
  readonly validitySeconds: number;
  /** How long notBefore is in the past, for clocks that run late. */
  readonly backdateSeconds: number;
  /** Whether certificates say that nothing tells of their revocation (RFC 9608). */
  readonly noRevAvail: boolean;
  /** Dotted OIDs. */
  readonly extendedKeyUsages: readonly string[];
}

/** Clients' clocks agree within minutes. More than a day is a mistake. */
const MAX_BACKDATE_SECONDS = 24 * 3600;
/** A limit of ours: no leaf should live longer. */
const MAX_VALIDITY_DAYS = 3653;
/** Clients do not learn of the revocation of a certificate with noRevAvail, so it must expire soon. */
const MAX_UNREVOCABLE_DAYS = 7;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86400;

/** @throws Error that names the wrong field and its profile */
export function parseProfile(name: string, raw: unknown): Profile {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw new Error(`the profile name '${name}' must be 1 to 64 of a-z 0-9 -`);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error(`the profile '${name}' must be an object`);
  }
  const known = [
    'validityDays',
    'validityHours',
    'backdateSeconds',
    'noRevAvail',
    'extendedKeyUsages',
  ];
  const fields: Readonly<Record<string, unknown>> = { ...raw };
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw new Error(`the profile '${name}' has an unknown field '${unknown}'`);
  const validitySeconds = readValidity(name, fields);
  return Object.freeze({
    name,
    validitySeconds,
    backdateSeconds: readInteger(
      name,
      'backdateSeconds',
      fields.backdateSeconds ?? 300,
      0,
      MAX_BACKDATE_SECONDS,
    ),
    noRevAvail: readNoRevAvail(name, fields.noRevAvail, validitySeconds),
    extendedKeyUsages: readExtendedKeyUsages(name, fields.extendedKeyUsages),
  });
}

/**
 * @param raw an object of profiles by name
 * @throws Error that says what is wrong
 */
export function parseProfiles(raw: unknown): Map<string, Profile> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Error('must be a JSON object of profiles by name');
  }
  return new Map(Object.entries(raw).map(([name, profile]) => [name, parseProfile(name, profile)]));
}

/** Returns profiles in the form that parseProfiles reads, with the defaults of numbers filled in. */
export function describeProfiles(profiles: ReadonlyMap<string, Profile>) {
  return Object.fromEntries(
    [...profiles].map(([name, { validitySeconds, backdateSeconds, noRevAvail, ...fields }]) => [
      name,
      {
        ...(validitySeconds % DAY_SECONDS === 0
          ? { validityDays: validitySeconds / DAY_SECONDS }
          : { validityHours: validitySeconds / HOUR_SECONDS }),
        backdateSeconds,
        ...(noRevAvail ? { noRevAvail } : {}),
        extendedKeyUsages: fields.extendedKeyUsages.map(nameExtendedKeyUsage),
      },
    ]),
  );
}

/** Formats the validity of a profile for people: `90 days`, `12 hours`. */
export function formatProfileValidity({ validitySeconds }: Profile): string {
  const [count, unit] =
    validitySeconds % DAY_SECONDS === 0
      ? [validitySeconds / DAY_SECONDS, 'day']
      : [validitySeconds / HOUR_SECONDS, 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function readValidity(
  name: string,
  { validityDays, validityHours }: Readonly<Record<string, unknown>>,
): number {
  if (validityHours === undefined) {
    const days = readInteger(name, 'validityDays', validityDays, 1, MAX_VALIDITY_DAYS);
    return days * DAY_SECONDS;
  }
  if (validityDays !== undefined) {
    throw new Error(`the profile '${name}' has both 'validityDays' and 'validityHours': keep one`);
  }
  const most = MAX_VALIDITY_DAYS * 24;
  return readInteger(name, 'validityHours', validityHours, 1, most) * HOUR_SECONDS;
}

function readNoRevAvail(name: string, value: unknown, validitySeconds: number): boolean {
  if (value === undefined || value === false) return false;
  if (value !== true) throw new Error(`the profile '${name}' needs 'noRevAvail' as true or false`);
  if (validitySeconds <= MAX_UNREVOCABLE_DAYS * DAY_SECONDS) return true;
  throw new Error(
    `the profile '${name}' has 'noRevAvail', so its validity must be at most ${MAX_UNREVOCABLE_DAYS} days`,
  );
}

function readInteger(
  name: string,
  field: string,
  value: unknown,
  least: number,
  most: number,
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new Error(
      `the profile '${name}' needs '${field}' as a whole number from ${least} to ${most}`,
    );
  }
  return value;
}

function readExtendedKeyUsages(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Error(`the profile '${name}' needs 'extendedKeyUsages' as a list of names`);
  }
  return Object.freeze(
    value.map((usage) => {
      const oid = readUsage(usage);
      if (oid !== null && oid !== ANY_EXTENDED_KEY_USAGE) return oid;
      throw new Error(
        `the profile '${name}' has an unknown extended key usage: use ${Object.keys(EXTENDED_KEY_USAGE_OID).join(', ')} or an object identifier`,
      );
    }),
  );
}

function readUsage(usage: unknown): string | null {
  if (typeof usage !== 'string') return null;
  try {
    return parseExtendedKeyUsage(usage);
  } catch {
    return null;
  }
}

/**
 * Bounds what requests of CAS state themselves: purposes, validity and start. No other request can name
 * it, because its limits are wide: certificates of that service last for years, and its clients may take
 * midnight for the start.
 */
export const CAS_PROFILE = 'cas';

/** The profile of a request that names none. */
export const DEFAULT_PROFILE = 'tls-server-client';

const BUILT_IN: Readonly<Record<string, unknown>> = {
  'tls-server-client': { validityDays: 365, extendedKeyUsages: ['serverAuth', 'clientAuth'] },
  'tls-server': { validityDays: 90, extendedKeyUsages: ['serverAuth'] },
  'tls-client': { validityDays: 90, extendedKeyUsages: ['clientAuth'] },
  [CAS_PROFILE]: {
    validityDays: MAX_VALIDITY_DAYS,
    backdateSeconds: MAX_BACKDATE_SECONDS,
    extendedKeyUsages: ['serverAuth', 'clientAuth'],
  },
};

export const BUILT_IN_PROFILES: ReadonlyMap<string, Profile> = new Map(
  Object.entries(BUILT_IN).map(([name, raw]) => [name, parseProfile(name, raw)]),
);
