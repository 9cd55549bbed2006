import type { Value } from '../store/sql.ts';

/** A statement on its way to the record's process: its text and the values that it binds. */
export type SentStatement = readonly [sql: string, values: readonly Value[]];

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
}
