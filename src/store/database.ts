/**
 * The database, as far as the stores use it: D1, or the same engine on a machine of one's own
 * (src/machine/). A batch is one transaction: all of its statements are committed, or none.
 */
export interface Database {
  prepare(sql: string): PreparedStatement;
  /** Executes the statements in order. Rejects, and writes nothing, if one of them fails. */
  batch<Row = Record<string, unknown>>(statements: PreparedStatement[]): Promise<Result<Row>[]>;
}

export interface PreparedStatement {
  bind(...values: unknown[]): PreparedStatement;
  /** The first row, or null if there is none. */
  first<Row = Record<string, unknown>>(): Promise<Row | null>;
  all<Row = Record<string, unknown>>(): Promise<Result<Row>>;
  run<Row = Record<string, unknown>>(): Promise<Result<Row>>;
}

export interface Result<Row> {
  readonly results: Row[];
  readonly meta: {
    /** Rows that the statement and its triggers wrote. */
    readonly changes: number;
  };
}
