import type { Value } from '../store/sql.ts';

/** A statement on its way to the record's process: its text and the values that it binds. */
export type SentStatement = readonly [sql: string, values: readonly Value[]];

/** Statements that write nothing. A statement that begins otherwise may. */
export const READS = /^\s*(?:SELECT|EXPLAIN)\b/i;

/** What a statement gave, without a name for each column of each row. */
export interface SentResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** As in `Result`. */
  readonly changes: number;
}

/** What executes batches of statements, each as one transaction. */
export interface BatchRunner {
  batch(statements: readonly SentStatement[]): Promise<readonly SentResult[]>;
  /** Keeps the first part of a batch that is too long for one message, until `runParts`. */
  addPart(batchId: string, text: string): Promise<void>;
  /** Executes the batch whose statements the parts are, as JSON. */
  runParts(batchId: string): Promise<readonly SentResult[]>;
}

/** Counts the characters that a batch binds. */
export function countCharacters(statements: readonly SentStatement[]): number {
  let count = 0;
  for (const [, values] of statements) {
    for (const value of values) if (typeof value === 'string') count += value.length;
  }
  return count;
}
