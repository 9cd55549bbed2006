import { array, boolean, nullable, number, pipe, rawTransform, string } from 'valibot';
import { DATE_TIME_FORM, readDateTime } from './date-time.ts';

/** What the schemas of requests are made of. See RequestSchema for the messages. */

export const TEXT = string('a string');

export const NULLABLE_TEXT = nullable(string('a string or null'));

export const TEXTS = array(TEXT, 'an array of strings');

export const FLAG = boolean('true or false');

export const NULLABLE_NUMBER = nullable(number('a number or null'));

/** An RFC 3339 time; the output is Unix seconds. */
export const DATE_TIME = dateTime(DATE_TIME_FORM);

export const NULLABLE_DATE_TIME = nullable(dateTime(`${DATE_TIME_FORM}, or null`));

function dateTime(form: string) {
  return pipe(
    string(form),
    rawTransform(({ dataset, addIssue, NEVER }) => {
      const seconds = readDateTime(dataset.value);
      if (seconds !== null) return seconds;
      addIssue({ message: form });
      return NEVER;
    }),
  );
}
