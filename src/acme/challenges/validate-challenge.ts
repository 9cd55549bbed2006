import type { Network } from '../../net/network.ts';
import type { Challenge, ChallengeOutcome, ChallengeType } from './challenge.ts';
import { validateDns01 } from './dns-01.ts';
import { validateHttp01 } from './http-01.ts';
import { runCheck } from './run-check.ts';
import { validateTlsAlpn01 } from './tls-alpn-01.ts';

export type Validate = (
  network: Network,
  challenge: Challenge,
  signal: AbortSignal,
) => Promise<ChallengeOutcome>;

const VALIDATORS: Readonly<Record<ChallengeType, Validate>> = {
  'http-01': validateHttp01,
  'dns-01': validateDns01,
  'tls-alpn-01': validateTlsAlpn01,
};

/**
 * Verifies that a challenge is fulfilled. It takes at most 10 seconds and never throws: a failure is
 * an outcome. The caller has chosen the type by listChallengeTypes.
 */
export function validateChallenge(
  network: Network,
  challenge: Challenge,
): Promise<ChallengeOutcome> {
  return runCheck((signal) => VALIDATORS[challenge.type](network, challenge, signal));
}
