import { type CurrentListDependencies, currentCrl } from './current-crl.ts';
import type { CrlAuthority } from './revocation-list.ts';

/** The most partitions, of all authorities together, whose lists one run renews. */
const MAX_PARTITIONS = 20;
/** After that, one run begins no further list. The next run continues. */
const MAX_RUN_MS = 20_000;

/**
 * Renews the lists that are due: every complete list, and lists of partitions that have entries.
 * Reports the number of each authority's complete list.
 * @throws the error of the first list that failed, after the others are renewed
 */
export async function renewLists(
  dependencies: CurrentListDependencies,
  authorities: readonly CrlAuthority[],
): Promise<Readonly<Record<string, number>>> {
  const { store, clock, renewBeforeSeconds } = dependencies;
  const numbers: Record<string, number> = {};
  const failures: unknown[] = [];
  const endMs = clock() + MAX_RUN_MS;
  let left = MAX_PARTITIONS;
  for (const authority of authorities) {
    if (clock() >= endMs) break;
    try {
      numbers[authority.generationId] = (await currentCrl(dependencies, authority)).number;
      if (left === 0 || authority.signer === null) continue;
      const throughSeconds = Math.floor(clock() / 1000) + renewBeforeSeconds;
      const { generationId: id, notAfterSeconds } = authority;
      const ending = await store.listEnding(id, throughSeconds, notAfterSeconds, left);
      left -= ending.length;
      for (const crlPartition of ending) {
        if (clock() >= endMs) break;
        // One damaged list must not keep those after it from being renewed.
        await currentCrl(dependencies, authority, crlPartition).catch((error: unknown) => {
          failures.push(error);
        });
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return numbers;
}
