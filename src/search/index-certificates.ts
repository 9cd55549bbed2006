import { describeRecorded } from './describe-recorded.ts';
import { listTerms } from './terms.ts';

/** A certificate by its primary key. */
export interface CertificateKey {
  readonly serial: string;
  readonly authorityId: string;
}

export interface UnindexedCertificate extends CertificateKey {
  /** RFC 4514 text. */
  readonly subject: string;
  readonly profile: string;
  readonly certificateDer: Uint8Array | null;
}

export interface IndexStore {
  /** The last certificate that has its terms; null if all have. */
  readPosition(): Promise<CertificateKey | null>;
  /** In the order of their keys. */
  listAfter(position: CertificateKey, limit: number): Promise<readonly UnindexedCertificate[]>;
  /** Adds the terms and moves the position, or ends the work if it is null, in one batch. */
  addTerms(
    certificates: readonly (CertificateKey & { readonly terms: readonly string[] })[],
    position: CertificateKey | null,
  ): Promise<void>;
}

export interface IndexReport {
  readonly indexed: number;
  readonly more: boolean;
}

/** The size of one batch, and how many batches one run of the job does. */
const CERTIFICATES = 200;
const ROUNDS = 10;

/**
 * Makes the certificates searchable that were recorded before there was a search. Each run goes on where
 * the last one ended; certificates that already have their terms are not changed.
 * @throws SignetError record-unavailable
 */
export async function indexCertificates({
  store,
}: {
  readonly store: IndexStore;
}): Promise<IndexReport> {
  let indexed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const position = await store.readPosition();
    if (position === null) return { indexed, more: false };
    const certificates = await store.listAfter(position, CERTIFICATES);
    const last = certificates.at(-1);
    const described = [];
    for (const { serial, authorityId, subject, profile, certificateDer } of certificates) {
      const terms = listTerms(await describeRecorded({ subject, profile, certificateDer }));
      described.push({ serial, authorityId, terms });
    }
    const isEnd = last === undefined || certificates.length < CERTIFICATES;
    const { serial = '', authorityId = '' } = last ?? {};
    await store.addTerms(described, isEnd ? null : { serial, authorityId });
    indexed += certificates.length;
  }
  return { indexed, more: true };
}
