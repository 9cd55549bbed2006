import { readKnownStatuses } from '../http/edge/known-statuses.ts';
import { createOcsp, UNKNOWN } from '../ocsp/ocsp.ts';
import { createOcspResponders } from '../ocsp/ocsp-responders.ts';
import { createOcspSigners } from '../ocsp/ocsp-signer.ts';
import { createOcspStatusStore } from '../store/ocsp.ts';
import { createOcspResponderStore } from '../store/ocsp-responder.ts';
import type { OcspRequest } from '../x509/status/ocsp-request.ts';
import type { Foundation } from './foundation.ts';
import type { Platform } from './platform.ts';

/** Joins OCSP responses and the responders that sign them. */
export function wireOcsp(
  foundation: Foundation,
  { statuses: memory }: Pick<Platform, 'statuses'>,
  listGenerations: (id: string) => Promise<readonly string[]>,
) {
  const { db, config, sealer, authorities, edge, clock, randomBytes, takePartition } = foundation;
  const store = createOcspStatusStore(db);
  const responders = createOcspResponderStore(db);
  const signers = createOcspSigners({ store: responders, sealer, clock });
  const answerOcsp = createOcsp({
    store: {
      ...store,
      ...(memory !== null && readKnownStatuses(store, memory, config.edgeTtlSeconds)),
    },
    openSigner: signers.open,
    clock,
    lifetimeSeconds: config.ocspLifetimeSeconds,
    retentionSeconds: config.retentionSeconds,
  });
  return {
    services: {
      answerOcsp: async (authorityId: string, request: OcspRequest) =>
        answerOcsp(await authorities.open(authorityId), request),
      findOcspStatus: async (authorityId: string, serialHex: string) =>
        (await store.findStatuses(authorityId, [serialHex])).get(serialHex) ?? UNKNOWN,
      ocspResponders: createOcspResponders({
        store: responders,
        edge,
        signers,
        sealer,
        openCurrentAuthority: authorities.openCurrent,
        openAuthority: authorities.open,
        listGenerations,
        takePartition,
        clock,
        randomBytes,
      }),
    },
  };
}
