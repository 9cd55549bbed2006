/** What the store asks the database, as far as its modules export it. */
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
const STATEMENT = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/;
/** Parts that several statements begin with: what they are part of is looked at. */
const IS_PART = /_HEAD$|_COLUMNS$/;

/** Every text with SQL that a module of the store exports, parts of statements too. */
function listTexts(): Statement[] {
  return Object.entries(MODULES).flatMap(([path, exports]) =>
    Object.entries(exports).flatMap(([name, value]) => flatten(`${nameFile(path)}.${name}`, value)),
  );
}

function flatten(name: string, value: unknown): Statement[] {
  if (typeof value === 'string') return [{ name, sql: value }];
  if (typeof value !== 'object' || value === null) return [];
  if ('sql' in value) return flatten(name, value.sql);
  return Object.entries(value).flatMap(([key, each]) => flatten(`${name}.${key}`, each));
}

function nameFile(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -'.ts'.length);
}

/** Every whole statement that the store exports. */
export function listStatements(): Statement[] {
  return listTexts().filter(({ name, sql }) => STATEMENT.test(sql) && !IS_PART.test(name));
}

/** Names of the files of the store. */
export function listFiles(): string[] {
  return Object.keys(SOURCES).map(nameFile);
}

/**
 * What the store's files say to the database and no exported statement contains: SQL written where it
 * is prepared, or in a constant that is not exported. Empty where all that they say is exported.
 */
export function listHidden(sources: Readonly<Record<string, string>> = SOURCES): string[] {
  const known = listTexts().map(({ sql }) => sql);
  return Object.entries(sources).flatMap(([path, source]) =>
    readLiterals(source)
      .filter((literal) => !splitAtParameters(literal).every((part) => isIn(known, part)))
      .map((literal) => `${nameFile(path)}: ${literal}`),
  );
}

function isIn(known: readonly string[], part: string): boolean {
  return known.some((sql) => sql.includes(part));
}

/**
 * The SQL in a literal, from its first verb on, between what other text is put in for: a statement for
 * many items numbers parameters anew, and says where the items come from.
 */
function splitAtParameters(literal: string): string[] {
  const from = literal.search(VERB);
  return from < 0 ? [] : literal.slice(from).split(/\?\d*|ITEMS|:[a-z]\w*/);
}

/** The fixed parts of all text in a source, from one quotation mark or interpolation to the next. */
function readLiterals(source: string): string[] {
  const literals: string[] = [];
  /** Braces that are open in each template around. */
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
