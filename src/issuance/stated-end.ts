import { SignetError } from '../errors.ts';
import { formatUtcTime } from './validity.ts';

/** The end of the validity, as a request states it. */
export type StatedEnd =
  /** Unix seconds. */
  | { readonly field: 'notAfter'; readonly seconds: number }
  /** Counted from now. */
  | { readonly field: 'validitySeconds'; readonly seconds: number };

/** Clocks differ, and a certificate has to reach its place first. */
const SHORTEST_SECONDS = 60;

/**
 * Resolves a stated end to Unix seconds. An end that does not fit is refused, never moved.
 * @param limits the end that the profile and the chain permit at the latest
 * @throws SignetError invalid-parameter with the field
 */
export function resolveEnd(
  { field, seconds }: StatedEnd,
  limits: { readonly nowSeconds: number; readonly latestSeconds: number },
): number {
  const { nowSeconds, latestSeconds } = limits;
  const notAfterSeconds = field === 'notAfter' ? seconds : nowSeconds + seconds;
  if (notAfterSeconds < nowSeconds + SHORTEST_SECONDS) {
    throw refuse(
      field,
      field === 'notAfter' && seconds <= nowSeconds
        ? `is in the past. It is ${formatUtcTime(nowSeconds)} now`
        : `is too ${field === 'notAfter' ? 'soon' : 'short'}. A certificate is valid for at least ${SHORTEST_SECONDS} seconds`,
    );
  }
  if (notAfterSeconds > latestSeconds) {
    const latest =
      field === 'notAfter' ? formatUtcTime(latestSeconds) : `${latestSeconds - nowSeconds} seconds`;
    throw refuse(
      field,
      `is too ${field === 'notAfter' ? 'late' : 'long'}: the profile and the authority permit ${latest} at most. Leave it out for that`,
    );
  }
  return notAfterSeconds;
}

function refuse(field: StatedEnd['field'], reason: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' ${reason}.`, { field });
}
