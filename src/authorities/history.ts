/** A revocation made before the import. */
export interface ImportedRevocation {
  readonly revokedAtSeconds: number;
  /** CRLReason number, RFC 5280 section 5.3.1; never removeFromCRL. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

/** One line of the old CA's index, with the certificate where there is a copy of it. */
export interface ImportedCertificate {
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly certificateDer: Uint8Array | null;
  /** As the index has it; a certificate's own subject goes before it. */
  readonly subject: string;
  /** As the index has it; a certificate's own notAfter goes before it. Null only beside a certificate. */
  readonly notAfterSeconds: number | null;
  readonly revocation: ImportedRevocation | null;
}

/** What a CA did before it came here, or a part of it. */
export interface ImportedHistory {
  readonly certificates: readonly ImportedCertificate[];
  /** DER of the last CRL, or null. */
  readonly crlDer: Uint8Array | null;
  /** The number of the last CRL where it is known without the list itself. */
  readonly lastCrlNumber: number | null;
  /** Whether valid certificates hold their subjects (OpenSSL's unique_subject). */
  readonly uniqueSubject: boolean;
}

/** How much of it was new here. */
export interface ImportedCounts {
  readonly certificates: number;
  readonly revocations: number;
}
