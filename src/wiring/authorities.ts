import type { AccessKeySecrets } from '../access/secrets.ts';
import { importHistory } from '../authorities/import-history.ts';
import { createAuthorityManager } from '../authorities/manage-authorities.ts';
import type { Services } from '../http/services.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import { createAuthorityManagementStore } from '../store/authority-management.ts';
import { createHistoryStore } from '../store/history.ts';
import type { Foundation } from './foundation.ts';

/** Joins the tree of certificate authorities. */
export function wireAuthorities(
  foundation: Foundation,
  secrets: AccessKeySecrets,
  openBounds: OpenBounds,
) {
  const { db, config, sealer, authorities, edge, clock, randomBytes, takePartition } = foundation;
  const store = createAuthorityManagementStore(db, config.authorityQuota);
  const history = {
    openAuthority: authorities.open,
    store: createHistoryStore(db),
    edge,
    clock,
  };
  return {
    listIds: () => store.listIds(),
    services: {
      openAuthority: authorities.open,
      openCurrentAuthority: authorities.openCurrent,
      listGenerations: async (id: string) =>
        (await store.listGenerations(id, null)).map((generation) => generation.generationId),
      listCrossCertificates: (id: string) => store.listCrossCertificates(id),
      authorityManager: createAuthorityManager({
        config,
        store,
        secrets,
        openBounds,
        edge,
        authorities,
        sealer,
        clock,
        randomBytes,
        takePartition,
      }),
      importHistory: (...imported: Parameters<Services['importHistory']>) =>
        importHistory(history, ...imported),
    },
  };
}
