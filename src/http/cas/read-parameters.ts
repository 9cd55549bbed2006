import { SignetError } from '../../errors.ts';
import type { SubjectFields } from '../../x509/names/subject-fields.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

/** Returns the parts of a comma-separated parameter; none if it is missing. */
export function splitList(parameters: Parameters, name: string): readonly string[] {
  return (parameters.get(name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Reads a whole number, or null if the parameter is missing or empty.
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

export interface RequestedPage {
  readonly currentPage: number;
  readonly showSize: number;
}

const MAX_PAGE = 100_000;
const MAX_SIZE = 100;
const DEFAULT_SIZE = 20;

/** @throws SignetError invalid-parameter */
export function readPage(parameters: Parameters): RequestedPage {
  return {
    currentPage: readInteger(parameters, 'CurrentPage', 1, MAX_PAGE) ?? 1,
    showSize: readInteger(parameters, 'ShowSize', 1, MAX_SIZE) ?? DEFAULT_SIZE,
  };
}

/** The fields of an answer that say which page of a list it is. */
export function describePage({ currentPage, showSize }: RequestedPage, totalCount: number) {
  return {
    TotalCount: totalCount,
    PageCount: Math.ceil(totalCount / showSize),
    CurrentPage: currentPage,
    ShowSize: showSize,
  };
}

/** 9999-12-31T23:59:59Z */
const LAST_SECONDS = 253402300799;
const MOST = { Days: 3_652_059, Months: 119_988, Years: 9_999 } as const;

/**
 * Reads the validity from Days, Months, Years, or BeforeTime and AfterTime (Unix seconds), in the form
 * that resolveValidity takes. Days take precedence over all others.
 * @throws SignetError missing-parameter, invalid-parameter
 */
export function readPeriod(parameters: Parameters): string {
  const days = readInteger(parameters, 'Days', 1, MOST.Days);
  const before = readInteger(parameters, 'BeforeTime', 0, LAST_SECONDS);
  const after = readInteger(parameters, 'AfterTime', 0, LAST_SECONDS);
  const months = readInteger(parameters, 'Months', 1, MOST.Months);
  const years = readInteger(parameters, 'Years', 1, MOST.Years);
  if ((before === null) !== (after === null)) {
    throw new SignetError('invalid-parameter', 'Send both BeforeTime and AfterTime.', {
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

const SUBJECT_FIELDS = [
  'Country',
  'State',
  'Locality',
  'Organization',
  'OrganizationUnit',
  'CommonName',
] as const;

/**
 * Reads the subject from parameters of its own; empty if there are none.
 * @param countryName the action's name for the country
 */
export function readSubject(
  parameters: Parameters,
  countryName: 'Country' | 'CountryCode',
): SubjectFields {
  const fields: Partial<Record<keyof SubjectFields, string>> = {};
  for (const field of SUBJECT_FIELDS) {
    const text = parameters.get(field === 'Country' ? countryName : field) ?? '';
    if (text !== '') fields[field] = text;
  }
  return fields;
}
