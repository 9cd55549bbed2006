/** A certificate whose issuance was answered, or that turned out to be there. */
export interface IssuedCertificate {
  readonly serialHex: string;
  /** SHA-256 of its DER, hex. */
  readonly sha256Hex: string;
  /** Paths of the lists that must have it once it is revoked. */
  readonly listPaths: readonly string[];
  /** What it was made from, where this side made it; to be asked for again. */
  readonly csrPem: string | null;
}

/** The reason, or null where this side never learnt it. */
export type KnownReason = string | null;

const MAX_RECENT = 1000;

/**
 * What the server has answered, and what it was asked and has not answered: that may be done or
 * not, until someone looks.
 */
export class Ledger {
  readonly certificates = new Map<string, IssuedCertificate>();
  /** Revocations for good, in the order of their answers. */
  readonly revoked = new Map<string, KnownReason>();
  /** Revocations that were asked for and not answered. */
  readonly revoking = new Map<string, KnownReason>();
  /** The last of them. */
  readonly recentlyRevoked: IssuedCertificate[] = [];
  /** Serials on hold, or which were, without a sure end: they may show as revoked or not. */
  readonly wavering = new Set<string>();
  /** Requests for a certificate that were not answered. */
  issuing = 0;
  /** Serials which may be revoked: neither revoked nor asked to be, nor kept for anything else. */
  readonly #free: string[] = [];
  readonly #dueByPath = new Map<string, string[]>();
  readonly #dueLater: { readonly certificate: IssuedCertificate; readonly fromMs: number }[] = [];

  addCertificate(certificate: IssuedCertificate): void {
    this.certificates.set(certificate.serialHex, certificate);
    this.#free.push(certificate.serialHex);
  }

  /** Takes a certificate for oneself, or null where there is none. @param at from 0 (included) to 1 (excluded) */
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

  /** A certificate that still stands, or did a moment ago. */
  pickFree(at: number): IssuedCertificate | null {
    const serialHex = this.#free[Math.floor(at * this.#free.length)];
    return serialHex === undefined ? null : (this.certificates.get(serialHex) ?? null);
  }

  /** A revocation that was answered: every list from now on must have it. */
  addRevocation(certificate: IssuedCertificate, reason: KnownReason): void {
    this.#noteRevoked(certificate, reason);
    this.#makeDue(certificate);
  }

  /**
   * A revocation that was never answered and turned out to be done. A server that dies between the
   * record and the edge leaves its copies of older lists behind, for as long as the edge keeps them.
   * @param dueFromMs unix ms from which on lists must have it
   */
  adoptRevocation(certificate: IssuedCertificate, reason: KnownReason, dueFromMs: number): void {
    this.#noteRevoked(certificate, reason);
    this.#dueLater.push({ certificate, fromMs: dueFromMs });
  }

  /** Whether everybody must have heard of its revocation. */
  isKnownRevoked(serialHex: string, nowMs: number): boolean {
    const isLate = ({ certificate, fromMs }: { certificate: IssuedCertificate; fromMs: number }) =>
      certificate.serialHex === serialHex && fromMs > nowMs;
    return this.revoked.has(serialHex) && !this.#dueLater.some(isLate);
  }

  /** What the list at a path must hold, in the order in which it came to be so. */
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

  /** The lists that must hold something. */
  get listPaths(): readonly string[] {
    return [...this.#dueByPath.keys()];
  }
}
