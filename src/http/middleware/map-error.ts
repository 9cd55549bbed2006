import { SignetError } from '../../errors.ts';
import { describeFailure, type HttpContext } from '../context.ts';

/** Answers an error in the words of the dialect. The cause of an internal error is only logged. */
export function answerError(thrown: unknown, c: HttpContext): Response {
  const error =
    thrown instanceof SignetError
      ? thrown
      : new SignetError(
          'internal',
          `Something went wrong on our side. Ask the operator about request ${c.get('requestId')}.`,
          { cause: thrown },
        );
  const { response, message } = c.get('errorForm')(error, c);
  const entry = c.get('logEntry');
  entry.message = message;
  entry.isFromEdge = false;
  if (entry.level !== 'error') entry.level = 'warn';
  if (error.status >= 500) {
    entry.level = 'error';
    entry.error = describeFailure(
      thrown instanceof SignetError ? (thrown.cause ?? thrown) : thrown,
    );
  }
  return response;
}

export function answerNotFound(c: HttpContext): Response {
  return answerError(new SignetError('not-found', 'There is nothing at this address.'), c);
}
