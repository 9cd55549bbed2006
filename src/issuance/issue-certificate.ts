import type { TakePartition } from '../lists/partitions.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { describeCommit } from './describe-commit.ts';
import { explainOutcome } from './explain-outcome.ts';
import type { IssuanceOrder } from './issuance-order.ts';
import {
  createPreparation,
  type PreparationDependencies,
  type PreparedIssuance,
} from './prepare-issuance.ts';
import { signCertificate } from './sign-certificate.ts';
import type { IssuanceOutcome, IssuanceStore } from './store.ts';

export interface IssuanceDependencies extends PreparationDependencies {
  readonly store: IssuanceStore;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
  readonly takePartition: TakePartition;
}

export interface Issuance {
  /** The generation that signed. */
  readonly authorityId: string;
  readonly serialHex: string;
  readonly certificateDer: Uint8Array;
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
  /** If the issuer is a re-keyed root: its key, certified by its older key. Else null. */
  readonly crossCertificateDer: Uint8Array | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

export type Issue = (order: IssuanceOrder) => Promise<Issuance>;

/** A collision of 128 random bits means a broken source of randomness. Give up soon. */
const MAX_SERIAL_ATTEMPTS = 3;

/**
 * Issues a certificate: prepares it, reserves a place in the authority's CRLs, signs, and commits.
 * @throws SignetError with the reason; no certificate is let out then
 */
export function createIssue(dependencies: IssuanceDependencies): Issue {
  const { store, randomBytes, publicationUrl, takePartition } = dependencies;
  const finishPrepared = createPreparation(dependencies);

  async function signAndCommit(prepared: PreparedIssuance): Promise<Issuance> {
    const { authority, approved, bounds } = prepared;
    const crlPartition = await takePartition(authority.generationId);
    if (crlPartition === null) throw explainOutcome('authority-changed', bounds);

    let outcome: IssuanceOutcome = 'serial-taken';
    for (let attempt = 0; attempt < MAX_SERIAL_ATTEMPTS && outcome === 'serial-taken'; attempt++) {
      const serial = generateSerial(randomBytes);
      const serialHex = serialToHex(serial);
      const place = { serial, publicationUrl, crlPartition };
      const certificateDer = await signCertificate(approved, place);
      const signed = { serialHex, certificateDer, crlPartition };
      outcome = await store.commitIssuance(await describeCommit(prepared, signed));
      if (outcome !== 'committed') continue;
      const { notBeforeSeconds, notAfterSeconds } = approved.draft;
      return {
        authorityId: authority.generationId,
        serialHex,
        certificateDer,
        chainDer: [authority.certificateDer, ...authority.chainDer],
        crossCertificateDer: authority.chainDer.length > 0 ? null : authority.crossCertificateDer,
        notBeforeSeconds,
        notAfterSeconds,
      };
    }
    throw explainOutcome(outcome, bounds);
  }

  return (order) => finishPrepared(order, signAndCommit);
}
