import { type CurrentListDependencies, currentCrl } from './current-crl.ts';
import type { CrlAuthority } from './revocation-list.ts';

/** Partitions whose lists one run renews, of all authorities together. */
const MAX_PARTITIONS = 50;

/**
 * Builds the lists that are due: complete ones in any case, those of partitions where they are due
 * and somebody is listed in them. The number of each authority's complete list is the report.
 * @throws what the first authority that failed threw; the others have their lists by then
 */
export async function renewLists(
  dependencies: CurrentListDependencies,
  authorities: readonly CrlAuthority[],
): Promise<Readonly<Record<string, number>>> {
  const { store, clock, renewBeforeSeconds } = dependencies;
  const numbers: Record<string, number> = {};
  const failures: unknown[] = [];
  let left = MAX_PARTITIONS;
  for (const authority of authorities) {
    try {
      numbers[authority.id] = (await currentCrl(dependencies, authority)).number;
      if (left === 0 || authority.signer === null) continue;
      const throughSeconds = Math.floor(clock() / 1000) + renewBeforeSeconds;
      const { id, notAfterSeconds } = authority;
      const ending = await store.listEnding(id, throughSeconds, notAfterSeconds, left);
      left -= ending.length;
      for (const crlPartition of ending) await currentCrl(dependencies, authority, crlPartition);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return numbers;
}
