import { type Page, readPage } from '../access/page.ts';
import { accessOf, type Principal } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import { authorityNotFound } from './authority-not-found.ts';
import type { AuthorityDetails, ManagementDependencies } from './management.ts';
import type { AuthorityRecord } from './store.ts';

type Dependencies = Pick<ManagementDependencies, 'store' | 'clock'>;

/** Lists the current generation of each authority, by the authority's id. */
export async function listAuthorities(
  { store, clock }: Dependencies,
  principal: Principal,
  page: PageRequest,
): Promise<Page<AuthorityRecord>> {
  return readPage(
    page,
    (rows) => store.listCurrent(rows, accessOf(principal, clock())),
    ({ lineageId }) => lineageId,
  );
}

/** @throws SignetError authority-not-found */
export async function findAuthorityDetails(
  { store, clock }: Dependencies,
  principal: Principal,
  id: string,
): Promise<AuthorityDetails> {
  const generations = await store.listGenerations(id, accessOf(principal, clock()));
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
