import { type Page, readPage } from '../access/page.ts';
import { accessOf, type GrantCheck, type Principal } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import { authorityNotFound } from './authority-not-found.ts';
import { DEFAULT_AUTHORITY_ID } from './default-authority.ts';
import type { AuthorityDetails, ManagementDependencies } from './management.ts';
import type { AuthorityRecord } from './store.ts';

type Dependencies = Pick<ManagementDependencies, 'store' | 'authorities' | 'clock'>;

/** Lists the current generation of each authority, by the authority's id. */
export async function listAuthorities(
  { store, authorities, clock }: Dependencies,
  principal: Principal,
  page: PageRequest,
): Promise<Page<AuthorityRecord>> {
  // On first use, this makes the default authority. If it cannot be made, opening it reports why.
  if (page.afterId === null) await authorities.openCurrent(DEFAULT_AUTHORITY_ID).catch(() => null);
  return readPage(
    page,
    (rows) => store.listCurrent(rows, accessOf(principal, clock())),
    ({ lineageId }) => lineageId,
  );
}

/**
 * Lists every generation of an authority, oldest first; one at least. Makes the default authority if
 * this is its first use.
 * @throws SignetError authority-not-found; authority-unavailable if the default authority cannot be made
 */
export async function requireGenerations(
  { store, authorities }: Pick<ManagementDependencies, 'store' | 'authorities'>,
  id: string,
  check: GrantCheck | null,
): Promise<readonly AuthorityRecord[]> {
  const generations = await store.listGenerations(id, check);
  if (generations.length > 0) return generations;
  await authorities.openCurrent(id);
  return store.listGenerations(id, check);
}

/** Throws as requireGenerations. */
export async function findAuthorityDetails(
  dependencies: Dependencies,
  principal: Principal,
  id: string,
): Promise<AuthorityDetails> {
  const { store, clock } = dependencies;
  const generations = await requireGenerations(dependencies, id, accessOf(principal, clock()));
  const current = generations.find(({ isCurrent }) => isCurrent);
  if (current === undefined) throw authorityNotFound(id);
  const crossCertificates = new Map<string, readonly Uint8Array[]>();
  for (const generation of generations) {
    // The record has the newest one. Only then there can be more.
    if (generation.crossCertificateDer === null) continue;
    crossCertificates.set(
      generation.generationId,
      await store.listCrossCertificates(generation.generationId),
    );
  }
  return { current, generations, crossCertificates };
}
