import { accessOf, type Principal } from '../access/principal.ts';
import { listAuditEvents } from '../audit/list.ts';
import type { SealDependencies } from '../audit/seal.ts';
import { verifyAuditChain } from '../audit/verify.ts';
import type { Authority } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import type { Services } from '../http/services.ts';
import { createAuditStore } from '../store/audit.ts';
import { signatureAlgorithmForKey } from '../x509/keys/algorithms.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { verifySignature } from '../x509/keys/verify-signature.ts';
import type { Foundation } from './foundation.ts';

/** Joins the audit record. The default authority signs its checkpoints. */
export function wireAudit({ db, authorities, clock }: Foundation) {
  const store = createAuditStore(db);

  async function verifyCheckpoint(
    authorityId: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    const { certificate } = await authorities.open(authorityId);
    const key = parsePublicKey(certificate.spkiDer);
    const algorithm = signatureAlgorithmForKey(key.kind, key.namedCurve);
    return verifySignature(key, { algorithm, pss: null }, message, signature);
  }

  return {
    async openSeal(): Promise<SealDependencies> {
      // Without a signer, events are still chained; only the checkpoint has to wait.
      const signer = await authorities
        .openCurrent(DEFAULT_AUTHORITY_ID)
        .then(checkpointSigner, () => null);
      return { store, clock, signer };
    },
    services: {
      listAuditEvents: (page: Parameters<Services['listAuditEvents']>[0], principal: Principal) =>
        listAuditEvents(store, page, accessOf(principal, clock())),
      verifyAuditChain: (
        range: Parameters<Services['verifyAuditChain']>[0],
        principal: Principal,
      ) =>
        verifyAuditChain(
          { store, verifyCheckpoint },
          { ...range, check: accessOf(principal, clock()) },
        ),
    },
  };
}

function checkpointSigner({ generationId: id, signing }: Authority): SealDependencies['signer'] {
  if (!('signer' in signing)) return null;
  return { authorityId: id, sign: (message) => signing.signer.sign(message) };
}
