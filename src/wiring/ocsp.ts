import { createOcsp, UNKNOWN } from '../revocation/ocsp.ts';
import { createOcspSigners } from '../revocation/ocsp-signer.ts';
import { createOcspStatusStore } from '../store/ocsp.ts';
import { createOcspResponderStore } from '../store/ocsp-responder.ts';
import type { Foundation } from './foundation.ts';

/** Answers to OCSP requests, and who signs them. */
export function wireOcsp({ db, config, sealer, clock }: Foundation) {
  const statuses = createOcspStatusStore(db);
  const signers = createOcspSigners({ store: createOcspResponderStore(db), sealer, clock });
  return {
    services: {
      answerOcsp: createOcsp({
        store: statuses,
        openSigner: signers.open,
        clock,
        lifetimeSeconds: config.ocspLifetimeSeconds,
        retentionSeconds: config.retentionSeconds,
      }),
      findOcspStatus: async (authorityId: string, serialHex: string) =>
        (await statuses.findStatuses(authorityId, [serialHex])).get(serialHex) ?? UNKNOWN,
    },
  };
}
