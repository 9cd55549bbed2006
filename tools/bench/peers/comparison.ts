import type { Plan } from './measure.ts';
import type { Table } from './table.ts';

/** What a part of the comparison works with. */
export interface Comparison {
  /** Directory for files. */
  readonly scratch: string;
  readonly plan: Plan;
  show(table: Table): void;
}

/** Connections of clients that only download. */
export const DOWNLOAD_CONNECTIONS = 16;
export const DOWNLOAD_WARM_UP_SECONDS = 4;
