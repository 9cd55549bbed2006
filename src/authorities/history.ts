/** A revocation made before the import. */
export interface ImportedRevocation {
  readonly revokedAtSeconds: number;
  /** CRLReason number, RFC 5280 section 5.3.1; never removeFromCRL. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

/** One line of the old CA's index, with its certificate if there is one. */
export interface ImportedCertificate {
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly certificateDer: Uint8Array | null;
  /** From the index. The subject of the certificate itself takes precedence. */
  readonly subject: string;
  /** From the index. The notAfter of the certificate itself takes precedence. Null only with a certificate. */
  readonly notAfterSeconds: number | null;
  readonly revocation: ImportedRevocation | null;
}

/** The certificates and revocations of a CA before it was imported, or a part of them. */
export interface ImportedHistory {
  readonly certificates: readonly ImportedCertificate[];
  /** DER of the last CRL, or null. */
  readonly crlDer: Uint8Array | null;
  /** The number of the last CRL, if it is known without the CRL itself. */
  readonly lastCrlNumber: number | null;
  /** Whether a subject may have one valid certificate only (OpenSSL's unique_subject). */
  readonly uniqueSubject: boolean;
}

/** How many of them were new here. */
export interface ImportedCounts {
  readonly certificates: number;
  readonly revocations: number;
}
