import { createHash } from 'node:crypto';
import type { Findings } from './findings.ts';
import { isIssuedBy, type ListIssuer, type RevocationList, readList } from './read-list.ts';

interface SeenList {
  readonly sha256Hex: string;
  readonly list: RevocationList;
  /** How many of the due revocations it lists, from the first without a gap. */
  holds: number;
}

interface Sequence {
  /** The latest CRLs by number; older ones are compared only by their hash. */
  readonly recent: Map<number, SeenList>;
  readonly hashByNumber: Map<number, string>;
  /** How many of the due revocations a CRL listed, by its number. */
  readonly heldByNumber: Map<number, number>;
  highest: number;
  /** The address of its delta in the latest CRL. */
  deltaPath: string | null;
  /** The base of the latest delta, if it was seen. */
  base: RevocationList | null;
}

const MAX_RECENT = 16;

/** Checks every downloaded CRL. */
export class ListWatch {
  readonly #sequences = new Map<string, Sequence>();
  readonly #issuer: ListIssuer;
  readonly #findings: Findings;
  /** Number of different CRLs seen. */
  count = 0;

  constructor(issuer: ListIssuer, findings: Findings) {
    this.#issuer = issuer;
    this.#findings = findings;
  }

  /**
   * @param path identifies the sequence of CRLs
   * @param due what it must list, in the order of the responses; may have grown since
   * @param dueThen how much of `due` it must list: what was confirmed before the request for the CRL
   * @param when text for the description of a fault
   */
  observe(
    path: string,
    crlDer: Buffer,
    due: readonly string[],
    dueThen: number,
    when = 'under load',
  ): void {
    const sequence = this.#openSequence(path);
    const sha256Hex = createHash('sha256').update(crlDer).digest('hex');
    const seen = this.#findSeen(sequence, path, crlDer, sha256Hex);
    if (seen === null) return;
    // The others too: what is due has grown, and only counts of the same moment can be compared.
    for (const known of new Set([seen, ...sequence.recent.values()])) {
      while (known.list.serials.has(due[known.holds] ?? '')) known.holds++;
      sequence.heldByNumber.set(known.list.number, known.holds);
    }
    this.#findings.expect(
      seen.holds >= dueThen,
      `${path}, ${when}, lacks a revocation that was answered before it was asked for`,
    );
  }

  /** Returns the CRLs that name a delta. */
  get deltas(): readonly { readonly path: string; readonly deltaPath: string }[] {
    return [...this.#sequences].flatMap(([path, { deltaPath }]) =>
      deltaPath === null ? [] : [{ path, deltaPath }],
    );
  }

  /**
   * Checks that base and delta together list what the CRL must list.
   * @param path of the CRL that the delta belongs to
   * @param due as for the CRL
   */
  observeDelta(path: string, deltaDer: Buffer, due: readonly string[], dueThen: number): void {
    const sequence = this.#openSequence(path);
    const deltaPath = sequence.deltaPath ?? path;
    const sha256Hex = createHash('sha256').update(deltaDer).digest('hex');
    const seen = this.#findSeen(this.#openSequence(deltaPath), deltaPath, deltaDer, sha256Hex);
    if (seen === null) return;
    const { baseNumber, number, serials } = seen.list;
    this.#findings.expect(
      baseNumber !== null && baseNumber <= number,
      `${deltaPath} has no base among the earlier CRLs`,
    );
    if (sequence.base?.number !== baseNumber) {
      sequence.base = sequence.recent.get(baseNumber ?? -1)?.list ?? null;
    }
    const { base } = sequence;
    if (base === null) return;
    this.#findings.expect(
      due.slice(0, dueThen).every((serial) => base.serials.has(serial) || serials.has(serial)),
      `${deltaPath} and its base lack a revocation that was answered before`,
    );
  }

  /** Returns the highest number seen at a path; 0 before the first. */
  highestNumber(path: string): number {
    return this.#sequences.get(path)?.highest ?? 0;
  }

  /** Returns the number of a CRL that was just observed; 0 if it is unknown. */
  numberOf(path: string, crlDer: Buffer): number {
    const sha256Hex = createHash('sha256').update(crlDer).digest('hex');
    const recent = [...(this.#sequences.get(path)?.recent.values() ?? [])];
    return recent.find((seen) => seen.sha256Hex === sha256Hex)?.list.number ?? 0;
  }

  /** Of two CRLs, the one with the higher number must list everything that the other lists. */
  checkOrder(): void {
    for (const [path, { heldByNumber }] of this.#sequences) {
      let most = 0;
      for (const [, held] of [...heldByNumber].sort(([a], [b]) => a - b)) {
        this.#findings.expect(held >= most, `${path}: a higher number has fewer entries`);
        most = Math.max(most, held);
      }
    }
  }

  #findSeen(sequence: Sequence, path: string, crlDer: Buffer, sha256Hex: string): SeenList | null {
    for (const seen of sequence.recent.values()) if (seen.sha256Hex === sha256Hex) return seen;
    const list = this.#read(path, crlDer);
    if (list === null) return null;
    this.count++;
    const known = sequence.hashByNumber.get(list.number);
    this.#findings.expect(
      known === undefined || known === sha256Hex,
      `${path}: one number for two different lists`,
    );
    sequence.hashByNumber.set(list.number, sha256Hex);
    sequence.highest = Math.max(sequence.highest, list.number);
    if (list.freshest !== null) sequence.deltaPath = new URL(list.freshest).pathname;
    const seen: SeenList = { sha256Hex, list, holds: 0 };
    sequence.recent.set(list.number, seen);
    if (sequence.recent.size > MAX_RECENT) {
      sequence.recent.delete(Math.min(...sequence.recent.keys()));
    }
    return seen;
  }

  #read(path: string, crlDer: Buffer): RevocationList | null {
    try {
      const list = readList(crlDer);
      this.#findings.expect(isIssuedBy(list, this.#issuer), `${path}: the signature is wrong`);
      return list;
    } catch (error) {
      this.#findings.expect(false, `${path} is no list: ${String(error)}`);
      return null;
    }
  }

  #openSequence(path: string): Sequence {
    const known = this.#sequences.get(path);
    if (known !== undefined) return known;
    const sequence: Sequence = {
      recent: new Map(),
      hashByNumber: new Map(),
      heldByNumber: new Map(),
      highest: 0,
      deltaPath: null,
      base: null,
    };
    this.#sequences.set(path, sequence);
    return sequence;
  }
}
