import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';

/** A sealed text, and where it lies. */
export interface SealedText {
  /** The row's id. */
  readonly id: string;
  /** What it was sealed under: see Sealer. */
  readonly recordId: string;
  /** The SEALING_KEY version that sealed it. */
  readonly version: number;
  readonly sealed: string;
}

export interface ResealedText {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** A table with sealed texts that outlive a SEALING_KEY. */
export interface SealedTextStore {
  /** Texts under a version below `version` that come behind `after`, by version and id. */
  listBelow(
    version: number,
    after: { readonly version: number; readonly id: string },
    limit: number,
  ): Promise<readonly SealedText[]>;
  /** Puts each `to` where `from` still lies: how many did. */
  swap(texts: readonly ResealedText[]): Promise<number>;
  countBelow(version: number): Promise<number>;
}

export interface ResealDependencies {
  readonly sealer: Sealer;
  readonly stores: readonly SealedTextStore[];
}

/** The old SEALING_KEY may go once `remaining` is 0. */
export interface ResealReport {
  /** The version that seals, 0 without a SEALING_KEY. */
  readonly version: number;
  readonly resealed: number;
  /** Texts that do not open: their key is not set, or they were changed. */
  readonly failed: number;
  /** Texts that lie under a lower version still. */
  readonly remaining: number;
}

/** So few that the old and new texts of a page stay under D1's 2 MB for one parameter. */
const PAGE_TEXTS = 25;
/** Two queries each: they stay under the 50 that a run has on the smallest plan. */
const MAX_PAGES = 20;

const START = { version: 0, id: '' };

/**
 * Brings sealed texts under the highest SEALING_KEY version, 500 at most in one run. Only their data
 * keys are wrapped anew. Any number of these may run at once, beside requests that write.
 */
export async function resealTexts({ sealer, stores }: ResealDependencies): Promise<ResealReport> {
  const { version } = sealer;
  if (version === null) return { version: 0, resealed: 0, failed: 0, remaining: 0 };
  let resealed = 0;
  let failed = 0;
  let pages = 0;
  for (const store of stores) {
    let after = START;
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
    }
  }
  let remaining = 0;
  for (const store of stores) remaining += await store.countBelow(version);
  return { version, resealed, failed, remaining };
}

/** Those that open: one that does not must not keep the others from it. */
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
