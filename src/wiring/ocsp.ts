import { createOcsp, UNKNOWN } from '../ocsp/ocsp.ts';
import { createOcspResponders } from '../ocsp/ocsp-responders.ts';
import { createOcspSigners } from '../ocsp/ocsp-signer.ts';
import { createOcspStatusStore } from '../store/ocsp.ts';
import { createOcspResponderStore } from '../store/ocsp-responder.ts';
import type { OcspRequest } from '../x509/status/ocsp-request.ts';
import type { Foundation } from './foundation.ts';

/** Joins OCSP responses and the responders that sign them. */
export function wireOcsp(
  foundation: Foundation,
  listGenerations: (id: string) => Promise<readonly string[]>,
) {
  const { db, config, sealer, authorities, edge, clock, randomBytes, takePartition } = foundation;
  const statuses = createOcspStatusStore(db);
  const responders = createOcspResponderStore(db);
  const signers = createOcspSigners({ store: responders, sealer, clock });
  const answerOcsp = createOcsp({
    store: statuses,
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
        (await statuses.findStatuses(authorityId, [serialHex])).get(serialHex) ?? UNKNOWN,
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
