import { SignetError } from '../../errors.ts';
import type { Parameters } from './authentication/acs-parameters.ts';
import { readInteger } from './read-numbers.ts';

/** 9999-12-31T23:59:59Z */
const LAST_SECONDS = 253402300799;
const MOST = { Days: 3_652_059, Months: 119_988, Years: 9_999 } as const;

/**
 * The validity that Days, Months, Years or BeforeTime with AfterTime (Unix seconds) ask for, in the
 * form of resolveValidity. Days go before all others.
 * @throws SignetError missing-parameter, invalid-parameter
 */
export function readPeriod(parameters: Parameters): string {
  const days = readInteger(parameters, 'Days', 1, MOST.Days);
  const before = readInteger(parameters, 'BeforeTime', 0, LAST_SECONDS);
  const after = readInteger(parameters, 'AfterTime', 0, LAST_SECONDS);
  const months = readInteger(parameters, 'Months', 1, MOST.Months);
  const years = readInteger(parameters, 'Years', 1, MOST.Years);
  if ((before === null) !== (after === null)) {
    throw new SignetError('invalid-parameter', 'BeforeTime and AfterTime go together.', {
      field: before === null ? 'BeforeTime' : 'AfterTime',
    });
  }
  if (days !== null) return `${days}d`;
  if (before !== null && after !== null) return `${formatTime(before)}/${formatTime(after)}`;
  if (months !== null) return `${months}m`;
  if (years !== null) return `${years}y`;
  throw new SignetError('missing-parameter', 'Days is mandatory for this action.', {
    field: 'Days',
  });
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
