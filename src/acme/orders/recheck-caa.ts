import type { Network } from '../../net/network.ts';
import { AcmeError } from '../acme-error.ts';
import { type CaaSettings, checkCaa } from '../challenges/check-caa.ts';
import { joinWildcard } from './identifiers.ts';
import type { OrderState } from './order.ts';

/** RFC 8659 leaves it to the CA; public CAs check CAA within 8 hours before they issue. */
const CHECKED_FOR_SECONDS = 7 * 3600;

/**
 * Checks the CAA records of the identifiers for which that was not done lately: those whose validation is
 * older than 7 hours, and those that are pre-authorized.
 * @throws AcmeError caa-forbids with a problem for each identifier that is refused
 */
export async function recheckCaa(
  network: Network,
  settings: CaaSettings,
  { authorizations }: OrderState,
  accountUrl: string,
  nowSeconds: number,
): Promise<void> {
  const unchecked = authorizations.filter(
    ({ validatedAtSeconds }) =>
      validatedAtSeconds === null || validatedAtSeconds < nowSeconds - CHECKED_FOR_SECONDS,
  );
  const checked = await Promise.all(
    unchecked.map(async ({ identifier, wildcard, challengeType: method }) => ({
      identifier: joinWildcard(identifier, wildcard),
      outcome: await checkCaa(network, settings, { identifier, wildcard, accountUrl, method }),
    })),
  );
  const problems = checked.flatMap(({ identifier, outcome }) =>
    outcome.valid
      ? []
      : [{ code: 'caa-forbids' as const, message: outcome.problem.detail, identifier }],
  );
  const [first] = problems;
  if (first !== undefined) throw new AcmeError('caa-forbids', first.message, { problems });
}
