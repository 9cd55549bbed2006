import { encodeUtf8 } from '../bytes.ts';
import { type DerElement, DerError, encodeElement, TAG } from './der.ts';

/** 2050-01-01T00:00:00Z. From then on, times are GeneralizedTime (RFC 5280 section 4.1.2.5). */
const GENERALIZED_TIME_FROM_SECONDS = Date.UTC(2050, 0, 1) / 1000;
/** 1950-01-01T00:00:00Z, the first time that UTCTime can express. */
const UTC_TIME_FROM_SECONDS = Date.UTC(1950, 0, 1) / 1000;

/** YYYYMMDDHHMMSSZ. */
const MAX_TIME_CHARACTERS = 15;

/** Writes Unix `seconds` as a Time of RFC 5280: UTCTime until 2049, GeneralizedTime from 2050. */
export function encodeTime(seconds: number): Uint8Array<ArrayBuffer> {
  if (seconds >= GENERALIZED_TIME_FROM_SECONDS || seconds < UTC_TIME_FROM_SECONDS) {
    return encodeGeneralizedTime(seconds);
  }
  return encodeElement(TAG.utcTime, encodeUtf8(timeDigits(seconds).slice(2)));
}

/** Writes Unix `seconds` as GeneralizedTime. Extensions use it for every year. */
export function encodeGeneralizedTime(seconds: number): Uint8Array<ArrayBuffer> {
  return encodeElement(TAG.generalizedTime, encodeUtf8(timeDigits(seconds)));
}

/**
 * Returns the Unix seconds of a UTCTime or GeneralizedTime in the form of RFC 5280: with seconds,
 * ending in Z.
 * @throws DerError for any other form and for dates that do not exist
 */
export function decodeTime(element: DerElement): number {
  // The limit also keeps the number of arguments within what a function takes.
  const text = String.fromCharCode(...element.content.subarray(0, MAX_TIME_CHARACTERS + 1));
  let digits: string;
  if (element.tag === TAG.utcTime && /^\d{12}Z$/.test(text)) {
    digits = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text;
  } else if (element.tag === TAG.generalizedTime && /^\d{14}Z$/.test(text)) {
    digits = text;
  } else {
    throw new DerError('time not in the form of RFC 5280 section 4.1.2.5');
  }
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
  if (Number.isNaN(seconds) || timeDigits(seconds) !== digits) {
    throw new DerError('date does not exist');
  }
  return seconds;
}

/** A busy CA writes the same times for a whole second: the digits of the last few. */
const knownDigits = new Map<number, string>();
const MAX_KNOWN_DIGITS = 16;

/** YYYYMMDDHHMMSSZ. */
function timeDigits(seconds: number): string {
  const known = knownDigits.get(seconds);
  if (known !== undefined) return known;
  const digits = formatDigits(seconds);
  if (knownDigits.size >= MAX_KNOWN_DIGITS) knownDigits.clear();
  knownDigits.set(seconds, digits);
  return digits;
}

function formatDigits(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
}
