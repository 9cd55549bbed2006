import { SignetError } from '../errors.ts';

/** The limits of a validity. All times are Unix seconds. */
export interface ValidityLimits {
  readonly nowSeconds: number;
  /** How long notBefore is in the past if the request names none, for clocks that run late. */
  readonly backdateSeconds: number;
  /** The validity of the issuing CA and the CAs above it. */
  readonly issuerNotBeforeSeconds: number;
  readonly issuerNotAfterSeconds: number;
  /** Counted from the start, without the backdating; null for no limit but the issuer's. */
  readonly maxValidityDays: number | null;
}

export interface ResolvedValidity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

type Unit = 'y' | 'm' | 'd';

const DAY_SECONDS = 86400;
/** The digits of the largest number of days that ends before the year 10000. */
const MAX_DIGITS = 7;
/** 9999-12-31T23:59:59Z, the last time of a certificate (RFC 5280 section 4.1.2.5). */
const LAST_SECONDS = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/**
 * Reads `Ny`, `Nm` or `Nd` (years, months, days from now), `NotAfter` or `NotBefore/NotAfter`, with
 * times as yyyy-MM-ddTHH:mm:ssZ, and checks the limits. Years and months are calendar years and months
 * in UTC, at the same time of day. If the last month is too short, its last day counts (31 January plus
 * one month is 28 or 29 February). A validity that does not fit is refused, never shortened.
 * @throws SignetError invalid-parameter, which says what to change and, if the end is too late, the
 *   latest possible end
 */
export function resolveValidity(text: string, limits: ValidityLimits): ResolvedValidity {
  const period = /^\d/.test(text) && !/^\d{4}-/.test(text) ? readPeriod(text) : null;
  if (period !== null || /^[-+.]/.test(text)) return resolvePeriod(text, period, limits);
  const [first = '', second, ...rest] = text.split('/', 3);
  if (rest.length > 0) throw refuse('has more than one "/": write NotBefore/NotAfter');
  if (second === undefined) {
    return checkLimits(limits.nowSeconds, readTime(first, 'NotAfter'), null, limits);
  }
  const notBeforeSeconds = readTime(first, 'NotBefore');
  const notAfterSeconds = readTime(second, 'NotAfter');
  if (notAfterSeconds <= notBeforeSeconds) {
    throw refuse(`is reversed or empty: NotAfter ${second} must be later than NotBefore ${first}`);
  }
  return checkLimits(notBeforeSeconds, notAfterSeconds, notBeforeSeconds, limits);
}

interface Period {
  readonly digits: string;
  readonly unit: Unit;
}

function resolvePeriod(
  text: string,
  period: Period | null,
  limits: ValidityLimits,
): ResolvedValidity {
  if (period === null) {
    throw refuse(
      /^-\d/.test(text)
        ? 'is negative: use a whole number from 1 on, such as 10y'
        : 'is not a whole number with a unit: write it like 10y, 6m or 90d',
    );
  }
  const { digits, unit } = period;
  const { nowSeconds } = limits;
  const end =
    digits.length > MAX_DIGITS ? Number.POSITIVE_INFINITY : add(nowSeconds, Number(digits), unit);
  return checkLimits(nowSeconds, end, null, limits);
}

function readPeriod(text: string): Period {
  if (/^\d+[.,]\d*/.test(text)) {
    throw refuse('is fractional: use whole numbers; half a year is 6m');
  }
  const [, digits, unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw refuse(
      'has a form that is not known: write 10y, 6m, 90d, NotAfter or NotBefore/NotAfter with times as yyyy-MM-ddTHH:mm:ssZ',
    );
  }
  if (unit === '') throw refuse('has no unit: append y (years), m (months) or d (days)');
  if (unit !== 'y' && unit !== 'm' && unit !== 'd') {
    throw refuse(
      `has the unknown unit "${unit.slice(0, 20)}": use y (years), m (months) or d (days), in lower case`,
    );
  }
  if (/^0+$/.test(digits)) throw refuse(`is 0${unit}, no time at all: ask for at least 1${unit}`);
  return { digits: digits.replace(/^0+/, ''), unit };
}

/** By the calendar in UTC. */
function add(seconds: number, count: number, unit: Unit): number {
  if (unit === 'd') return seconds + count * DAY_SECONDS;
  const start = new Date(seconds * 1000);
  const months = start.getUTCMonth() + (unit === 'y' ? 12 * count : count);
  const year = start.getUTCFullYear() + Math.floor(months / 12);
  // Date gives NaN for years that it cannot represent.
  if (year > 9999) return Number.POSITIVE_INFINITY;
  const month = months % 12;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const midnight = Date.UTC(year, month, Math.min(start.getUTCDate(), lastDay)) / 1000;
  return midnight + (seconds % DAY_SECONDS);
}

function readTime(text: string, name: 'NotBefore' | 'NotAfter'): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) {
    throw refuse(
      `has no ${name} of the form yyyy-MM-ddTHH:mm:ssZ (GMT, to the second), such as 2036-12-31T23:59:59Z`,
    );
  }
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || formatUtcTime(ms / 1000) !== text) {
    throw refuse(`names a time that does not exist: ${name} ${text}`);
  }
  return ms / 1000;
}

/**
 * @param startSeconds the time from which the longest permitted validity counts
 * @param requestedSeconds the requested notBefore, or null
 */
function checkLimits(
  startSeconds: number,
  notAfterSeconds: number,
  requestedSeconds: number | null,
  limits: ValidityLimits,
): ResolvedValidity {
  const { nowSeconds, issuerNotBeforeSeconds, issuerNotAfterSeconds, maxValidityDays } = limits;
  const longestSeconds =
    maxValidityDays === null ? LAST_SECONDS : startSeconds + maxValidityDays * DAY_SECONDS;
  const latestSeconds = Math.min(LAST_SECONDS, issuerNotAfterSeconds, longestSeconds);
  if (notAfterSeconds > latestSeconds) {
    const limit =
      latestSeconds === longestSeconds && maxValidityDays !== null
        ? `at most ${maxValidityDays} days are allowed`
        : 'the issuing CA ends then';
    throw refuse(
      `is too long: the latest possible end is ${formatUtcTime(latestSeconds)} (${limit})`,
    );
  }
  if (notAfterSeconds <= nowSeconds) {
    throw refuse(`ends in the past: NotAfter must be later than now, ${formatUtcTime(nowSeconds)}`);
  }
  if (requestedSeconds !== null && requestedSeconds < issuerNotBeforeSeconds) {
    const earliest = formatUtcTime(issuerNotBeforeSeconds);
    throw refuse(`begins too early: the issuing CA begins at ${earliest}, the earliest possible`);
  }
  const backdatedSeconds = nowSeconds - limits.backdateSeconds;
  return {
    notBeforeSeconds: requestedSeconds ?? Math.max(backdatedSeconds, issuerNotBeforeSeconds),
    notAfterSeconds,
  };
}

/** As resolveValidity reads it. */
export function formatUtcTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function refuse(reason: string): SignetError {
  return new SignetError('invalid-parameter', `The validity ${reason}.`, { field: 'validity' });
}
