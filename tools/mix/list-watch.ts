import { createHash } from 'node:crypto';
import type { Findings } from './findings.ts';
import { isIssuedBy, type ListIssuer, type RevocationList, readList } from './read-list.ts';

interface SeenList {
  readonly sha256Hex: string;
  readonly list: RevocationList;
  /** How many of the revocations due are in it, from the first on without a gap. */
  holds: number;
}

interface Sequence {
  /** The newest few, by number: older ones are only compared by their hash. */
  readonly recent: Map<number, SeenList>;
  readonly hashByNumber: Map<number, string>;
  /** By number, how many of the revocations due a list held. */
  readonly heldByNumber: Map<number, number>;
  highest: number;
  /** Where its delta is, as the newest list said. */
  deltaPath: string | null;
  /** The list that the newest delta is the difference to, where it was seen. */
  base: RevocationList | null;
}

const MAX_RECENT = 16;

/** Looks at every list that was downloaded. */
export class ListWatch {
  readonly #sequences = new Map<string, Sequence>();
  readonly #issuer: ListIssuer;
  readonly #findings: Findings;
  /** Different lists seen. */
  count = 0;

  constructor(issuer: ListIssuer, findings: Findings) {
    this.#issuer = issuer;
    this.#findings = findings;
  }

  /**
   * @param path names the sequence of lists
   * @param due what it must hold, in the order of the answers; may have grown since
   * @param dueThen how much of that it must hold: what was answered before the list was asked for
   * @param when for the words of a fault
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
    while (seen.list.serials.has(due[seen.holds] ?? '')) seen.holds++;
    this.#findings.expect(
      seen.holds >= dueThen,
      `${path}, ${when}, lacks a revocation that was answered before it was asked for`,
    );
    sequence.heldByNumber.set(seen.list.number, seen.holds);
  }

  /** The lists which say where their delta is. */
  get deltas(): readonly { readonly path: string; readonly deltaPath: string }[] {
    return [...this.#sequences].flatMap(([path, { deltaPath }]) =>
      deltaPath === null ? [] : [{ path, deltaPath }],
    );
  }

  /**
   * The base and the delta together must hold what the list itself must.
   * @param path of the list that the delta belongs to
   * @param due as for the list
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
      `${deltaPath} is the delta to no list before it`,
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

  /** The highest number seen at a path; 0 before the first. */
  highestNumber(path: string): number {
    return this.#sequences.get(path)?.highest ?? 0;
  }

  /** Of a list that was observed a moment ago; 0 where it was none. */
  numberOf(path: string, crlDer: Buffer): number {
    const sha256Hex = createHash('sha256').update(crlDer).digest('hex');
    const recent = [...(this.#sequences.get(path)?.recent.values() ?? [])];
    return recent.find((seen) => seen.sha256Hex === sha256Hex)?.list.number ?? 0;
  }

  /** Of two lists, the one with the higher number must hold whatever the other does. */
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
