import { accessOf, type Principal } from '../access/principal.ts';
import { listAuditEvents } from '../audit/list.ts';
import { readNewestCheckpoint } from '../audit/newest-checkpoint.ts';
import { findSealingProblem, type SealDependencies } from '../audit/seal.ts';
import { verifyAuditChain } from '../audit/verify.ts';
import type { Services } from '../http/services.ts';
import { type AuditKeys, deriveAuditKeys } from '../keys/derive-audit-keys.ts';
import { createAuditStore } from '../store/audit.ts';
import type { Foundation } from './foundation.ts';

/** The record of what was done. Its checkpoints are signed and verified with keys derived from SEALING_KEY alone. */
export function wireAudit({ db, config, clock }: Foundation) {
  const store = createAuditStore(db);
  let derived: AuditKeys | null = null;

  async function openKeys(): Promise<AuditKeys> {
    derived ??= await deriveAuditKeys(config.sealingKeys);
    return derived;
  }

  return {
    openSeal: async (): Promise<SealDependencies> => ({ store, clock, keys: await openKeys() }),
    findSealingProblem: async () => findSealingProblem({ store, keys: await openKeys() }),
    services: {
      listAuditEvents: (page: Parameters<Services['listAuditEvents']>[0], principal: Principal) =>
        listAuditEvents(store, page, accessOf(principal, clock())),
      readNewestCheckpoint: async (principal: Principal) =>
        readNewestCheckpoint({ store, keys: await openKeys() }, accessOf(principal, clock())),
      verifyAuditChain: async (since: string | null, principal: Principal) =>
        verifyAuditChain(
          { store, keys: await openKeys() },
          { since },
          accessOf(principal, clock()),
        ),
    },
  };
}
