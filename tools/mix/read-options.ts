import { UserError } from '../../scripts/user-error.ts';

/** Parses a whole number from the command line. @throws UserError */
export function readWholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UserError(`--${name} takes a whole number from ${least} to ${most}.`);
}
