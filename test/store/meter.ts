/** Row counts as D1 reports them. */
export interface Meter {
  rowsRead: number;
  rowsWritten: number;
}

/** Wraps `db` and adds up the rows that statements read and write. */
export function meterDatabase(db: D1Database): { readonly db: D1Database; readonly meter: Meter } {
  const meter: Meter = { rowsRead: 0, rowsWritten: 0 };
  function note<T extends { readonly meta: D1Meta }>(result: T): T {
    meter.rowsRead += result.meta.rows_read;
    meter.rowsWritten += result.meta.rows_written;
    return result;
  }

  const originals = new WeakMap<object, D1PreparedStatement>();
  function meterStatement(statement: D1PreparedStatement): D1PreparedStatement {
    const metered = new Proxy(statement, {
      get(target, property) {
        switch (property) {
          case 'bind':
            return (...values: unknown[]) => meterStatement(target.bind(...values));
          case 'all':
          case 'run':
            return async () => note(await target.all());
          case 'first':
            // first() does not report row counts.
            return async () => note(await target.all()).results[0] ?? null;
          default:
            throw new Error(`${String(property)} would not be metered`);
        }
      },
    });
    originals.set(metered, statement);
    return metered;
  }

  const metered = new Proxy(db, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => meterStatement(target.prepare(sql));
      if (property === 'batch') {
        return async (statements: D1PreparedStatement[]) =>
          (await target.batch(statements.map((each) => originals.get(each) ?? each))).map(note);
      }
      throw new Error(`unexpected use of D1: ${String(property)}`);
    },
  });
  return { db: metered, meter };
}
