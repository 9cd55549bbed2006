import { type CertificateContent, parseTbsCertificate } from '../x509/certificate/certificate.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import { type IssuerChain, readChainLimits } from './chain-limits.ts';
import { describeConditions } from './describe-commit.ts';
import { explainOutcome } from './explain-outcome.ts';
import type { IssuanceOrder } from './issuance-order.ts';
import { createPreparation, type PreparationDependencies } from './prepare-issuance.ts';
import { encodeUnsigned } from './sign-certificate.ts';
import type { PreviewStore } from './store.ts';

export interface PreviewDependencies extends PreparationDependencies {
  readonly store: PreviewStore;
  readonly publicationUrl: string;
  /** The partition that the next certificate of a generation gets, or null if there is no such generation. */
  findPartition(authorityId: string): Promise<number | null>;
}

/** What would be issued now. */
export interface PreviewedCertificate {
  /** The generation that would sign. */
  readonly authorityId: string;
  readonly draft: CertificateDraft;
  /** Whether it ends with a certificate of the authority's chain, before the end of its profile. */
  readonly isCutByChain: boolean;
  /** Everything but the serial number, which means nothing. */
  readonly content: CertificateContent;
}

export type Preview = (order: IssuanceOrder) => Promise<PreviewedCertificate>;

/** In place of a serial number: no certificate has it. */
const NO_SERIAL = Uint8Array.of(0);

/**
 * Does everything that issuing does except signing and writing.
 * @throws SignetError with the reason that issuing would have
 */
export function createPreview(dependencies: PreviewDependencies): Preview {
  const { store, publicationUrl, findPartition } = dependencies;
  const finishPrepared = createPreparation(dependencies);

  return (order) =>
    finishPrepared(order, async (prepared) => {
      const { authority, approved, bounds, nowMs } = prepared;
      const refusal = await store.findRefusal(describeConditions(prepared));
      if (refusal !== null) throw explainOutcome(refusal, bounds);
      const crlPartition = await findPartition(authority.generationId);
      if (crlPartition === null) throw explainOutcome('authority-changed', bounds);
      const place = { serial: NO_SERIAL, publicationUrl, crlPartition };
      const { draft, issuer } = approved;
      return {
        authorityId: authority.generationId,
        draft,
        isCutByChain: isCutByChain(draft, issuer.issuers, Math.floor(nowMs / 1000)),
        content: parseTbsCertificate(await encodeUnsigned(approved, place)),
      };
    });
}

function isCutByChain(
  { profile, notAfterSeconds }: CertificateDraft,
  issuers: IssuerChain,
  nowSeconds: number,
): boolean {
  if (profile === null || notAfterSeconds < readChainLimits(issuers).notAfterSeconds) return false;
  return notAfterSeconds < nowSeconds + profile.validitySeconds;
}
