/** A certificate that was returned, or was found in the database. */
export interface IssuedCertificate {
  readonly serialHex: string;
  /** SHA-256 of its DER in hex. */
  readonly sha256Hex: string;
  /** Paths of the CRLs that must list it once it is revoked. */
  readonly listPaths: readonly string[];
  /** Its CSR, if this process made it; used to request it again. */
  readonly csrPem: string | null;
}

/** The reason, or null if it is unknown. */
export type KnownReason = string | null;

const MAX_RECENT = 1000;

/**
 * Remembers what the server has confirmed, and the requests without a response, whose effect is
 * unknown until a check looks.
 */
export class Ledger {
  readonly certificates = new Map<string, IssuedCertificate>();
  /** Permanent revocations in the order of their responses. */
  readonly revoked = new Map<string, KnownReason>();
  /** Revocation requests without a response. */
  readonly revoking = new Map<string, KnownReason>();
  /** The latest revocations. */
  readonly recentlyRevoked: IssuedCertificate[] = [];
  /** Serial numbers that are or were on hold with an unknown outcome; either status is right. */
  readonly wavering = new Set<string>();
  /** Issuance requests without a response. */
  issuing = 0;
  /** Serial numbers that may be revoked: not revoked, not requested to be, not reserved. */
  readonly #free: string[] = [];
  readonly #dueByPath = new Map<string, string[]>();
  readonly #dueLater: { readonly certificate: IssuedCertificate; readonly fromMs: number }[] = [];

  addCertificate(certificate: IssuedCertificate): void {
    this.addReserved(certificate);
    this.#free.push(certificate.serialHex);
  }

  /** Adds a certificate that only its requester revokes, or gives back. */
  addReserved(certificate: IssuedCertificate): void {
    this.certificates.set(certificate.serialHex, certificate);
  }

  /** Reserves a certificate, or returns null if there is none. @param at from 0 (included) to 1 (excluded) */
  takeFree(at: number): IssuedCertificate | null {
    const index = Math.floor(at * this.#free.length);
    const serialHex = this.#free[index];
    const last = this.#free.pop();
    if (serialHex === undefined || last === undefined) return null;
    if (index < this.#free.length) this.#free[index] = last;
    return this.certificates.get(serialHex) ?? null;
  }

  giveBack({ serialHex }: IssuedCertificate): void {
    this.#free.push(serialHex);
  }

  /** Returns a certificate that is valid or was a moment ago. */
  pickFree(at: number): IssuedCertificate | null {
    const serialHex = this.#free[Math.floor(at * this.#free.length)];
    return serialHex === undefined ? null : (this.certificates.get(serialHex) ?? null);
  }

  /** Records a confirmed revocation: every CRL from now on must list it. */
  addRevocation(certificate: IssuedCertificate, reason: KnownReason): void {
    this.#noteRevoked(certificate, reason);
    this.#makeDue(certificate);
  }

  /**
   * Records a revocation without a response that was found in the database. A server that is killed
   * between the commit and the purge leaves older CRLs at the edge until they expire.
   * @param dueFromMs Unix ms from which CRLs must list it
   */
  adoptRevocation(certificate: IssuedCertificate, reason: KnownReason, dueFromMs: number): void {
    this.#noteRevoked(certificate, reason);
    this.#dueLater.push({ certificate, fromMs: dueFromMs });
  }

  /** Returns whether every source must show it as revoked. */
  isKnownRevoked(serialHex: string, nowMs: number): boolean {
    const isLate = ({ certificate, fromMs }: { certificate: IssuedCertificate; fromMs: number }) =>
      certificate.serialHex === serialHex && fromMs > nowMs;
    return this.revoked.has(serialHex) && !this.#dueLater.some(isLate);
  }

  /** Returns the serial numbers that the CRL at a path must list, in the order of their revocation. */
  dueAt(path: string, nowMs: number): readonly string[] {
    for (let [next] = this.#dueLater; next !== undefined && next.fromMs <= nowMs; ) {
      this.#dueLater.shift();
      this.#makeDue(next.certificate);
      [next] = this.#dueLater;
    }
    return this.#dueByPath.get(path) ?? [];
  }

  #noteRevoked(certificate: IssuedCertificate, reason: KnownReason): void {
    this.revoking.delete(certificate.serialHex);
    this.revoked.set(certificate.serialHex, reason);
    this.recentlyRevoked.push(certificate);
    if (this.recentlyRevoked.length > MAX_RECENT) this.recentlyRevoked.shift();
  }

  #makeDue({ serialHex, listPaths }: IssuedCertificate): void {
    for (const path of listPaths) {
      const due = this.#dueByPath.get(path);
      if (due === undefined) this.#dueByPath.set(path, [serialHex]);
      else due.push(serialHex);
    }
  }

  /** Returns the paths of CRLs that must list something. */
  get listPaths(): readonly string[] {
    return [...this.#dueByPath.keys()];
  }
}
