import {
  formatUtcTime,
  type ResolvedValidity,
  resolveValidity,
  type ValidityLimits,
} from '../issuance/validity.ts';
import type { Authority } from './authority.ts';

/** How long notBefore is in the past, for clocks that run late. */
const BACKDATE_SECONDS = 300;
/** 9999-12-31T23:59:59Z. */
const LAST_SECONDS = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
/** A limit of ours: no CA should live longer. */
const MAX_ROOT_DAYS = 36525;

/** The defaults. */
const DEFAULT_ROOT_VALIDITY = '25y';
const DEFAULT_VALIDITY = '5y';

/**
 * Resolves the validity of a CA certificate, within that of the whole chain above. A requested validity
 * is never shortened; the default ends no later than the chain.
 * @param text see resolveValidity; null for the default
 * @param issuer null for a certificate that signs itself
 * @throws SignetError invalid-parameter, with the latest possible end
 */
export function resolveCaValidity(
  text: string | null,
  issuer: Pick<Authority, 'issuers'> | null,
  nowMs: number,
): ResolvedValidity {
  const issuers = issuer?.issuers ?? [];
  const limits: ValidityLimits = {
    nowSeconds: Math.floor(nowMs / 1000),
    backdateSeconds: BACKDATE_SECONDS,
    issuerNotBeforeSeconds: Math.max(0, ...issuers.map((above) => above.notBeforeSeconds)),
    issuerNotAfterSeconds: Math.min(LAST_SECONDS, ...issuers.map((above) => above.notAfterSeconds)),
    maxValidityDays: issuer === null ? MAX_ROOT_DAYS : null,
  };
  return text === null
    ? resolveDefault(issuer === null ? DEFAULT_ROOT_VALIDITY : DEFAULT_VALIDITY, limits)
    : resolveValidity(text, limits);
}

function resolveDefault(text: string, limits: ValidityLimits): ResolvedValidity {
  const { issuerNotAfterSeconds } = limits;
  const whole = resolveValidity(text, { ...limits, issuerNotAfterSeconds: LAST_SECONDS });
  return whole.notAfterSeconds <= issuerNotAfterSeconds
    ? whole
    : resolveValidity(formatUtcTime(issuerNotAfterSeconds), limits);
}
