import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';

/** A sealed text and its row. */
export interface SealedText {
  /** The row's id. */
  readonly id: string;
  /** The record id that it is sealed under; see Sealer. */
  readonly recordId: string;
  /** The SEALING_KEY version that sealed it. */
  readonly version: number;
  readonly sealed: string;
}

/** The order of texts: by version and id. */
export type TextPosition = Pick<SealedText, 'version' | 'id'>;

export interface ResealedText {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** A table with sealed texts. */
export interface SealedTextStore {
  /** Lists texts sealed by a version below `version`, by version and id, after `after`. */
  listBelow(version: number, after: TextPosition, limit: number): Promise<readonly SealedText[]>;
  /** Finds a text sealed by a version below `version`: the one after the first `offset`. Null if there is none. */
  findBelow(version: number, offset: number): Promise<TextPosition | null>;
  /** Replaces each `from` that is still stored by its `to`. Returns their number. */
  swap(texts: readonly ResealedText[]): Promise<number>;
  countBelow(version: number): Promise<number>;
}

export interface ResealDependencies {
  readonly sealer: Sealer;
  readonly stores: readonly SealedTextStore[];
  /** Returns a number from 0 to below 1. */
  readonly random: () => number;
}

/** The old SEALING_KEY may be removed once `remaining` is 0. */
export interface ResealReport {
  /** The version that seals; 0 without a SEALING_KEY. */
  readonly version: number;
  readonly resealed: number;
  /** Texts that cannot be opened: their SEALING_KEY is not set, or they were changed. */
  readonly failed: number;
  /** Texts still sealed by a lower version. */
  readonly remaining: number;
}

/** Keeps the old and new texts of a page below D1's limit of 2 MB per parameter. */
const PAGE_TEXTS = 25;
/** Each page takes two queries, and each of ten tables two more; the free plan allows 50 per run. */
const MAX_PAGES = 14;

const START: TextPosition = { version: 0, id: '' };

/**
 * Reseals up to 350 texts by the highest version of SEALING_KEY. Only their data keys are wrapped
 * again. Several calls may run at the same time, and beside requests that write. If no text of
 * a page opens and there are more than a run handles, it goes on at a random one: texts that do not
 * open stay as they are, and must not keep the others from being resealed.
 */
export async function resealTexts({
  sealer,
  stores,
  random,
}: ResealDependencies): Promise<ResealReport> {
  const { version } = sealer;
  if (version === null) return { version: 0, resealed: 0, failed: 0, remaining: 0 };
  let resealed = 0;
  let failed = 0;
  let pages = 0;
  for (const store of stores) {
    let after = START;
    let hasJumped = false;
    while (pages < MAX_PAGES) {
      const texts = await store.listBelow(version, after, PAGE_TEXTS);
      const last = texts.at(-1);
      if (last === undefined) break;
      pages++;
      const swaps = await resealPage(sealer, texts);
      failed += texts.length - swaps.length;
      if (swaps.length > 0) resealed += await store.swap(swaps);
      if (texts.length < PAGE_TEXTS) break;
      after = last;
      if (swaps.length > 0 || hasJumped) continue;
      hasJumped = true;
      const count = await store.countBelow(version);
      if (count <= MAX_PAGES * PAGE_TEXTS) continue;
      after = (await store.findBelow(version, Math.floor(random() * count))) ?? last;
    }
  }
  let remaining = 0;
  for (const store of stores) remaining += await store.countBelow(version);
  return { version, resealed, failed, remaining };
}

/** Reseals the texts that can be opened, and skips the others. */
async function resealPage(sealer: Sealer, texts: readonly SealedText[]): Promise<ResealedText[]> {
  const swaps: ResealedText[] = [];
  for (const { id, recordId, sealed } of texts) {
    try {
      const to = await sealer.reseal(recordId, sealed);
      if (to !== null) swaps.push({ id, from: sealed, to });
    } catch (error) {
      if (!(error instanceof SignetError && error.code === 'sealing-unavailable')) throw error;
    }
  }
  return swaps;
}
