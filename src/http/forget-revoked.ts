import type { ChangedRevocation } from '../revocation/store.ts';
import type { Call } from './call.ts';
import { invalidate, ocspTag } from './edge-cache.ts';
import { dropOcspCopies, serialTag } from './ocsp-cache.ts';
import { allListsTags, publishedListsOf } from './publications.ts';

/** A purge takes few tags at once: for more certificates, all that tells of their authorities goes. */
const MAX_TAGS = 30;

/**
 * Drops from the edge what told of certificates before they were revoked, held or released: the
 * lists that they are in and the OCSP answers about them. To be awaited after the change was
 * recorded and before it is answered, by every door. One purge, since the platform allows few.
 */
export async function forgetRevoked(
  call: Call,
  changed: readonly ChangedRevocation[],
): Promise<void> {
  if (changed.length === 0) return;
  const lists = publishedListsOf(changed);
  const exact = [
    ...lists.tags,
    ...changed.map(({ authorityId, serialHex }) => serialTag(authorityId, serialHex)),
  ];
  const ids = [...new Set(changed.map(({ authorityId }) => authorityId))];
  const tags = exact.length > MAX_TAGS ? [...allListsTags(ids), ...ids.map(ocspTag)] : exact;
  await invalidate(call, { tags, paths: lists.paths });
  if (call.runtime.cache === undefined) await dropOcspCopies(call, changed);
}
