import type { HttpContext } from '../context.ts';
import { readQuery } from './query.ts';
import { type AnswerValue, readSpelling, type Spelling, spellAnswer } from './spelling.ts';

/** How a client wants to be answered. */
export interface Manner {
  readonly spelling: Spelling;
  /** The request's id in the answer. The log and the audit record have the id that was made here. */
  readonly requestId: string;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
export const REQUEST_ID_HEADER = 'x-bce-request-id';

const CLIENT_REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** Reads it without the body, whose spelling takes precedence. */
export function readManner(c: HttpContext): Manner {
  const names = readQuery(c.req.raw).map(({ name }) => name);
  const given = c.req.raw.headers.get(REQUEST_ID_HEADER) ?? '';
  return {
    spelling: readSpelling(names, c.get('services').config.bceFieldCase),
    requestId: CLIENT_REQUEST_ID.test(given) ? given : c.get('requestId'),
  };
}

export function answerJson({ spelling, requestId }: Manner, value: AnswerValue): Response {
  return new Response(JSON.stringify(spellAnswer(value, spelling)), {
    headers: { 'Content-Type': JSON_TYPE, [REQUEST_ID_HEADER]: requestId },
  });
}

/** Success without a body: clients expect the status 200 and the length 0. */
export function answerEmpty({ requestId }: Manner): Response {
  return new Response(null, {
    headers: {
      'Content-Type': JSON_TYPE,
      'Content-Length': '0',
      [REQUEST_ID_HEADER]: requestId,
    },
  });
}
