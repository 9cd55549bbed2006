import type { Network } from '../../net/network.ts';
import { type Challenge, type ChallengeOutcome, refuse } from './challenge.ts';

/**
 * Verifies that a challenge is fulfilled. It takes at most 10 seconds and never throws: a failure of
 * the other side is an outcome.
 */
export async function validateChallenge(
  _network: Network,
  { type }: Challenge,
): Promise<ChallengeOutcome> {
  return refuse('connection', `${type} cannot be validated yet.`);
}
