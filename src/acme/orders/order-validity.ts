import { SignetError } from '../../errors.ts';
import type { Profile } from '../../issuance/profiles.ts';
import { formatUtcTime } from '../../issuance/validity.ts';

/** What a client asks for; null for what it leaves to the CA. Unix seconds. */
export interface AskedValidity {
  readonly notBeforeSeconds: number | null;
  readonly notAfterSeconds: number | null;
}

/**
 * Reads notBefore and notAfter of a new order (RFC 8555 section 7.4). A null, and the first year, with
 * which some clients mean no time, are none.
 * @throws SignetError invalid-parameter
 */
export function parseValidity(notBefore: unknown, notAfter: unknown): AskedValidity {
  return {
    notBeforeSeconds: parseTime(notBefore, 'notBefore'),
    notAfterSeconds: parseTime(notAfter, 'notAfter'),
  };
}

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

function parseTime(value: unknown, field: string): number | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' && TIME.test(value)) {
    if (value.startsWith('0001-')) return null;
    const ms = Date.parse(value.toUpperCase());
    if (!Number.isNaN(ms)) return Math.floor(ms / 1000);
  }
  throw invalid(field, 'must be a time like 2026-01-31T12:00:00Z (RFC 3339)');
}

/**
 * Refuses a validity that the profile or the chain does not allow: a certificate has the validity that
 * was asked for, or is not issued.
 * @param latestSeconds the end of the authority's chain
 * @throws SignetError invalid-parameter
 */
export function checkValidity(
  { notBeforeSeconds, notAfterSeconds }: AskedValidity,
  profile: Profile,
  maxValiditySeconds: number | null,
  latestSeconds: number,
  nowSeconds: number,
): void {
  const endSeconds = findLatestEnd(notBeforeSeconds, profile, maxValiditySeconds, nowSeconds);
  if (notBeforeSeconds !== null) {
    if (notBeforeSeconds < nowSeconds - profile.backdateSeconds) {
      throw invalid(
        'notBefore',
        `is more than ${profile.backdateSeconds} seconds ago, which the profile '${profile.name}' does not allow`,
      );
    }
    if (notBeforeSeconds >= Math.min(endSeconds, latestSeconds)) {
      throw invalid('notBefore', `is too late for the profile '${profile.name}'`);
    }
  }
  if (notAfterSeconds === null) return;
  if (notAfterSeconds <= Math.max(nowSeconds, notBeforeSeconds ?? 0)) {
    throw invalid('notAfter', "must be later than now and than 'notBefore'");
  }
  if (notAfterSeconds > endSeconds) {
    throw invalid(
      'notAfter',
      `is too late: the profile '${profile.name}' and the policies allow ${formatUtcTime(endSeconds)} at most`,
    );
  }
  if (notAfterSeconds > latestSeconds) {
    throw invalid('notAfter', "is later than the end of the authority's own certificate");
  }
}

/**
 * Returns the validity to draft. A start in the past is moved to the earliest one that the profile
 * allows now, because time has passed since the order.
 */
export function chooseValidity(
  asked: AskedValidity,
  profile: Profile,
  maxValiditySeconds: number | null,
  nowSeconds: number,
): { readonly notBeforeSeconds: number; readonly notAfterSeconds: number } {
  const notBeforeSeconds = Math.max(
    asked.notBeforeSeconds ?? 0,
    nowSeconds - profile.backdateSeconds,
  );
  const endSeconds = findLatestEnd(asked.notBeforeSeconds, profile, maxValiditySeconds, nowSeconds);
  return { notBeforeSeconds, notAfterSeconds: asked.notAfterSeconds ?? endSeconds };
}

/** A profile counts from now on, and a policy from the start of the certificate. */
function findLatestEnd(
  notBeforeSeconds: number | null,
  { validitySeconds }: Profile,
  maxValiditySeconds: number | null,
  nowSeconds: number,
): number {
  const ofProfile = nowSeconds + validitySeconds;
  if (maxValiditySeconds === null) return ofProfile;
  return Math.min(ofProfile, Math.max(nowSeconds, notBeforeSeconds ?? 0) + maxValiditySeconds);
}

function invalid(field: string, reason: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' ${reason}.`, { field });
}
