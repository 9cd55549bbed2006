/** An exported statement of the store. */
export interface Statement {
  /** File, export and path: 'crl-rows.CRL_ROW_SQL.partition.rows'. */
  readonly name: string;
  readonly sql: string;
}

const SOURCES = import.meta.glob<string>('../../src/store/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const MODULES = import.meta.glob<Record<string, unknown>>('../../src/store/*.ts', { eager: true });

const VERB = /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH RECURSIVE)\b/;

/** Lists the statements that the store exports. */
export function listStatements(): Statement[] {
  return Object.entries(MODULES).flatMap(([path, exports]) =>
    Object.entries(exports).flatMap(([name, value]) => flatten(`${nameFile(path)}.${name}`, value)),
  );
}

function flatten(name: string, value: unknown): Statement[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('sql' in value && typeof value.sql === 'string') return [{ name, sql: value.sql }];
  return Object.entries(value).flatMap(([key, each]) => flatten(`${name}.${key}`, each));
}

function nameFile(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.ts'.length);
}

/** Lists the names of the store's files. */
export function listFiles(): string[] {
  return Object.keys(SOURCES).map(nameFile);
}

/**
 * Lists the SQL in the store's files that no exported statement contains: SQL written where it is
 * prepared, or in a constant that is not exported.
 */
export function listHidden(sources: Readonly<Record<string, string>> = SOURCES): string[] {
  const known = listStatements().map(({ sql }) => sql);
  return Object.entries(sources).flatMap(([path, source]) =>
    readLiterals(source)
      .filter((literal) => !splitAtParameters(literal).every((part) => isIn(known, part)))
      .map((literal) => `${nameFile(path)}: ${literal}`),
  );
}

function isIn(known: readonly string[], part: string): boolean {
  return known.some((sql) => sql.includes(part));
}

/** Splits the SQL in a literal, from its first verb on, at the parameters. */
function splitAtParameters(literal: string): string[] {
  const from = literal.search(VERB);
  return from < 0 ? [] : literal.slice(from).split(/:[a-z]\w*/);
}

/** Reads the fixed parts of all text literals in a source. */
function readLiterals(source: string): string[] {
  const literals: string[] = [];
  /** Open braces in each enclosing template. */
  const templates: number[] = [];
  let quote = '';
  let literal = '';
  for (let at = 0; at < source.length; at++) {
    const char = source.charAt(at);
    if (quote === '') {
      if (source.startsWith('//', at)) at = endOf(source, '\n', at);
      else if (source.startsWith('/*', at)) at = endOf(source, '*/', at) + 1;
      else if (char === "'" || char === '"' || char === '`') quote = char;
      else if (char === '{') templates.push((templates.pop() ?? 0) + 1);
      else if (char === '}') {
        const open = templates.pop() ?? 0;
        if (open > 0) templates.push(open - 1);
        else quote = '`';
      }
      continue;
    }
    const isHole = quote === '`' && char === '$' && source.charAt(at + 1) === '{';
    if (char === '\\') literal += source.charAt(++at);
    else if (char !== quote && !isHole) literal += char;
    else {
      literals.push(literal);
      literal = '';
      quote = '';
      if (isHole) {
        templates.push(0);
        at++;
      }
    }
  }
  return literals;
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at < 0 ? source.length : at;
}
