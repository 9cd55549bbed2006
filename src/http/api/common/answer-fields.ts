import {
  array,
  boolean,
  description,
  integer,
  isoTimestamp,
  metadata,
  nullable,
  number,
  type ObjectEntries,
  object,
  pipe,
  string,
} from 'valibot';

/** What the schemas of answers are made of. Each field has a description for the OpenAPI document. */

const TIME = pipe(string(), isoTimestamp());
const WHOLE = pipe(number(), integer());

export const text = (what: string) => pipe(string(), description(what));
export const texts = (what: string) => pipe(array(string()), description(what));
export const flag = (what: string) => pipe(boolean(), description(what));
export const whole = (what: string) => pipe(WHOLE, description(what));
export const moment = (what: string) => pipe(TIME, description(`${what} UTC.`));
export const textOrNull = (what: string) => pipe(nullable(string()), description(what));
export const wholeOrNull = (what: string) => pipe(nullable(WHOLE), description(what));
export const momentOrNull = (what: string) =>
  pipe(nullable(TIME), description(`${what} UTC; null if there is none.`));

/** The cursor in the answer of every list. */
export const NEXT = textOrNull('The `cursor` of the next page; null on the last page.');

/**
 * Describes a serial number of an answer.
 * @param of the certificate that it is of
 */
export const describeSerial = (of: string) =>
  `Serial number${of}, lower-case hexadecimal without leading zeros. A negative one, which only imported certificates have, begins with a minus sign.`;

/** An object that has a name in the OpenAPI document. */
export function named<TEntries extends ObjectEntries>(name: string, entries: TEntries) {
  return pipe(object(entries), metadata({ name }));
}
