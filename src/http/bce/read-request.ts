import type { Call } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import { bceErrorsIn } from './errors.ts';
import { decodeFields, type Fields } from './fields.ts';
import { type Manner, readManner } from './manner.ts';
import { readSpelling } from './spelling.ts';

/** A leaf, a long chain and a large key in PEM are a tenth of it. */
export const MAX_BODY_BYTES = 1024 * 1024;

export interface BceRequestBody {
  readonly fields: Fields;
  readonly manner: Manner;
}

/**
 * Reads the fields that a request carries; from here on its errors are in its own spelling too.
 * @throws SignetError malformed-request, request-too-large
 */
export async function readRequest(call: Call): Promise<BceRequestBody> {
  const fields = decodeFields(await readBody(call.request, MAX_BODY_BYTES));
  const manner = readManner(call);
  const spelling = readSpelling(fields.names, manner.spelling);
  call.answerErrorsWith(bceErrorsIn(spelling));
  return { fields, manner: { ...manner, spelling } };
}
