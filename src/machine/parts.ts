import type { SentStatement } from './statements.ts';

/** The parts of batches that are too long for one message. */
export interface Parts {
  add(batchId: string, text: string): void;
  /** Returns the statements whose JSON the parts are, and forgets them. @throws Error if there are none */
  take(batchId: string): SentStatement[];
}

/** Parts of a sender that is gone are forgotten after this time. */
const KEPT_MS = 60_000;

/** @param clock Unix ms */
export function createParts(clock: () => number): Parts {
  const batches = new Map<string, { readonly beganAtMs: number; readonly texts: string[] }>();
  return {
    add(batchId, text) {
      const nowMs = clock();
      for (const [id, { beganAtMs }] of batches) {
        // The clock may have been set back since.
        if (Math.abs(nowMs - beganAtMs) > KEPT_MS) batches.delete(id);
      }
      const batch = batches.get(batchId) ?? { beganAtMs: nowMs, texts: [] };
      batch.texts.push(text);
      batches.set(batchId, batch);
    },
    take(batchId) {
      const batch = batches.get(batchId);
      if (batch === undefined) throw new Error('The parts of this batch are gone.');
      batches.delete(batchId);
      // Only processes of this server send parts, and what they send is what they would call with.
      const statements: SentStatement[] = JSON.parse(batch.texts.join(''));
      return statements;
    },
  };
}
