import { SignetError } from '../../errors.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

/**
 * A whole number; null where the parameter is missing or empty.
 * @throws SignetError invalid-parameter
 */
export function readInteger(
  parameters: Parameters,
  name: string,
  least: number,
  most: number,
): number | null {
  const text = parameters.get(name) ?? '';
  if (text === '') return null;
  const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new SignetError(
    'invalid-parameter',
    `${name} must be a whole number from ${least} to ${most}.`,
    { field: name },
  );
}

export interface PageWish {
  readonly currentPage: number;
  readonly showSize: number;
}

const MAX_PAGE = 100_000;
const MAX_SIZE = 100;
const DEFAULT_SIZE = 20;

/** @throws SignetError invalid-parameter */
export function readPage(parameters: Parameters): PageWish {
  return {
    currentPage: readInteger(parameters, 'CurrentPage', 1, MAX_PAGE) ?? 1,
    showSize: readInteger(parameters, 'ShowSize', 1, MAX_SIZE) ?? DEFAULT_SIZE,
  };
}

/** The part of an answer that tells where in a list it is. */
export function describePage({ currentPage, showSize }: PageWish, totalCount: number) {
  return {
    TotalCount: totalCount,
    PageCount: Math.ceil(totalCount / showSize),
    CurrentPage: currentPage,
    ShowSize: showSize,
  };
}
