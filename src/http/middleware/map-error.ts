import { SignetError } from '../../errors.ts';
import type { Exchange } from '../call.ts';
import { describeFailure } from './log-request.ts';

/** Answers an error in the words of the dialect that was spoken to; what is ours goes to the log. */
export function answerError(thrown: unknown, exchange: Exchange): Response {
  const error =
    thrown instanceof SignetError
      ? thrown
      : new SignetError(
          'internal',
          `Something went wrong on our side. Ask the operator about request ${exchange.context.requestId}.`,
          { cause: thrown },
        );
  const { response, message } = exchange.errorForm(error, exchange.context.requestId, exchange);
  exchange.message = message;
  exchange.isCopy = false;
  if (exchange.level !== 'error') exchange.level = 'warn';
  if (error.status >= 500) {
    exchange.level = 'error';
    exchange.error = describeFailure(
      thrown instanceof SignetError ? (thrown.cause ?? thrown) : thrown,
    );
  }
  return response;
}
