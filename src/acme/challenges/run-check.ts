import { NetworkError } from '../../net/network-error.ts';
import { type ChallengeOutcome, refuse } from './challenge.ts';

/** For all requests of one check together. */
const CHECK_MS = 10_000;

/** Runs a check for 10 seconds at most, and turns what it throws into an outcome. */
export async function runCheck(
  check: (signal: AbortSignal) => Promise<ChallengeOutcome>,
): Promise<ChallengeOutcome> {
  try {
    return await check(AbortSignal.timeout(CHECK_MS));
  } catch (error) {
    if (!(error instanceof NetworkError)) {
      return refuse('connection', 'This CA could not do the check. Try again later.', error);
    }
    const code = error.code === 'response' ? 'incorrect-response' : error.code;
    return refuse(code, error.message, error.cause);
  }
}
