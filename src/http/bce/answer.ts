import type { Manner } from './manner.ts';
import { type AnswerValue, spellAnswer } from './spelling.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const REQUEST_ID_HEADER = 'x-bce-request-id';

export function answerJson({ spelling, requestId }: Manner, value: AnswerValue): Response {
  return new Response(JSON.stringify(spellAnswer(value, spelling)), {
    headers: { 'Content-Type': JSON_TYPE, [REQUEST_ID_HEADER]: requestId },
  });
}

/** Done, and nothing to tell: clients want a status of 200 and a length of 0. */
export function answerEmpty({ requestId }: Manner): Response {
  return new Response(null, {
    headers: {
      'Content-Type': JSON_TYPE,
      'Content-Length': '0',
      [REQUEST_ID_HEADER]: requestId,
    },
  });
}
