import type { Database, PreparedStatement } from './database.ts';

/** A value that D1 binds. */
export type Value = string | number | null;

/** Values by parameter name. */
export type Values<Name extends string> = Readonly<Record<Name, Value>>;

/** One SQL statement with named parameters. */
export interface Statement<Name extends string> {
  /** The text as D1 takes it: the first name is `?1`, the next new one `?2`. */
  readonly sql: string;
  /**
   * Prepares the statement and binds the values. Values that it does not name are ignored, so that
   * the statements of a batch can share one object.
   */
  prepare(db: Database, values: Values<Name>): PreparedStatement;
}

/** One SQL statement that reads its parameters from each row of a list. */
export interface RowsStatement<Name extends string> {
  readonly sql: string;
  prepare(db: Database, rows: readonly Values<Name>[]): PreparedStatement;
}

/**
 * Compiles a statement whose parameters are written `:name`. Call it once, at module load. A quoted
 * text may contain a colon only in front of a quotation mark, as in `'access-key:'`.
 *
 * The compiler reads the names from the text and demands a value for each. It sees them only in
 * text whose type is literal: declare parts of statements `as const`, and functions that return a
 * part with a type parameter for each argument. A missing value that it cannot see throws a
 * TypeError when the statement is prepared.
 */
export function sql<const Text extends string>(text: Text): Statement<NamesIn<Text>> {
  const { names, pieces } = split(text);
  const compiled = join(pieces, (index) => `?${index + 1}`);
  return {
    sql: compiled,
    prepare: (db, values) => db.prepare(compiled).bind(...toArray(names, values)),
  };
}

/**
 * The table of the rows, for the FROM clause of a statement that `sqlForRows` compiles. The limit, which
 * is none, makes SQLite read a row's text once. Otherwise it writes that text again for each parameter.
 */
export const ROWS = '(SELECT value FROM json_each(?1) LIMIT -1) AS given' as const;

/**
 * Compiles a statement that is executed once for a list of rows: `:name` is the value in the current
 * row of `ROWS`. All rows are bound as one parameter, so their number is not limited to 100 values.
 */
export function sqlForRows<const Text extends string>(text: Text): RowsStatement<NamesIn<Text>> {
  const { names, pieces } = split(text);
  const compiled = join(pieces, (index) => `(given.value ->> ${index})`);
  return {
    sql: compiled,
    prepare: (db, rows) =>
      db.prepare(compiled).bind(JSON.stringify(rows.map((row) => toArray(names, row)))),
  };
}

type Before<Text extends string, Mark extends string> = Text extends `${infer Head}${Mark}${string}`
  ? Head
  : Text;

/** The name that a text begins with: names end at white space, a comma or a parenthesis. */
type FirstName<Text extends string> = Before<Before<Before<Before<Text, ' '>, '\n'>, ','>, ')'>;

/** The parameter names in a text. */
type NamesIn<
  Text extends string,
  Found extends string = never,
> = Text extends `${string}:${infer Rest}`
  ? NamesIn<Rest, Found | Exclude<FirstName<Rest>, `'${string}`>>
  : Found;

interface Template {
  /** Each name once, in the order of first use. */
  readonly names: readonly string[];
  /** Text and indexes into `names` by turns. */
  readonly pieces: readonly (string | number)[];
}

function split(text: string): Template {
  const names: string[] = [];
  const pieces = text.split(/:([a-z]\w*)/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    if (!names.includes(piece)) names.push(piece);
    return names.indexOf(piece);
  });
  return { names, pieces };
}

function join(pieces: Template['pieces'], placeholder: (index: number) => string): string {
  return pieces.map((each) => (typeof each === 'number' ? placeholder(each) : each)).join('');
}

function toArray(names: readonly string[], values: Values<string>): Value[] {
  return names.map((name) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`the parameter :${name} has no value`);
    return value;
  });
}
