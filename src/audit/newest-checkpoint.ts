import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import { openHead, type ReadCheckpoint } from './checkpoint.ts';
import type { VerifyDependencies } from './verify.ts';

/**
 * Reads the newest checkpoint and verifies its signature.
 * @throws SignetError not-found if there is none, audit-broken if it does not verify
 */
export async function readNewestCheckpoint(
  { store, keys }: VerifyDependencies,
  check: GrantCheck,
): Promise<ReadCheckpoint> {
  const opened = await openHead(keys, await store.readHead(check));
  if ('problem' in opened) throw new SignetError('audit-broken', opened.problem);
  if (opened.head !== null) return opened.head;
  throw new SignetError('not-found', "There is no checkpoint yet. Run the job 'seal-audit'.");
}
