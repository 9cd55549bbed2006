import { posix } from 'node:path';

export interface Violation {
  readonly file: string;
  readonly rule: string;
}

const DOMAIN = [
  'authorities',
  'issuance',
  'revocation',
  'lists',
  'ocsp',
  'inventory',
  'access',
  'audit',
];
const PURE = ['asn1', 'x509', 'keys'];

/**
 * The folders of src/ that each folder may import from, besides itself; `.` is the files that lie in
 * src/ itself. Only src/index.ts and src/wiring/ may import from everywhere.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  '.': [...DOMAIN, ...PURE],
  asn1: [],
  x509: ['asn1'],
  keys: ['asn1', 'x509'],
  ...Object.fromEntries(DOMAIN.map((folder) => [folder, ['.', ...DOMAIN, ...PURE]])),
  store: ['.', ...DOMAIN, ...PURE],
  jobs: ['.', ...DOMAIN, ...PURE],
  http: ['.', ...DOMAIN, ...PURE],
};

const ENTRY = 'src/index.ts';
/** Where the parts are joined: imported by the entry alone. */
const WIRING = 'wiring';
/** Files that every folder may import: they import nothing. */
const SHARED = ['src/errors.ts', 'src/bytes.ts'];

/** Which packages may be imported at all, and where. */
const PACKAGES: readonly { readonly name: RegExp; readonly where: RegExp }[] = [
  { name: /^hono($|\/)/, where: /^src\/(http\/|index\.ts$)/ },
  { name: /^valibot$/, where: /^src\/http\// },
  { name: /^cloudflare:/, where: /^src\// },
];

const MAY_NAME_D1_DATABASE = /^src\/(store\/|wiring\/|config\.ts$|index\.ts$)/;
const SHARED_HTTP_FOLDER = 'middleware';

/**
 * Finds what breaks the rules of who may import whom.
 *
 * @param sources text of each TypeScript file of src/, by its path from the project's root
 */
export function findViolations(sources: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, readonly string[]>();
  for (const [file, text] of sources) {
    const code = blankComments(text);
    const specifiers = listImports(code);
    const targets = specifiers.filter((name) => name.startsWith('.')).map(resolveFrom(file));
    const packages = specifiers.filter((name) => !name.startsWith('.'));
    graph.set(file, targets);
    const rules = [
      ...packages.map((name) => checkPackage(file, name)),
      ...targets.map((target) => checkTarget(file, target)),
      checkD1Database(file, code),
      checkFileName(file),
    ];
    for (const rule of rules) if (rule !== null) violations.push({ file, rule });
  }
  return [...violations, ...findCycles(graph)];
}

function checkPackage(file: string, name: string): string | null {
  if (name.startsWith('node:')) return `imports ${name}: the Worker uses no Node API`;
  const entry = PACKAGES.find((candidate) => candidate.name.test(name));
  if (entry === undefined) return `imports ${name}, a package that src/ does not use`;
  return entry.where.test(file) ? null : `imports ${name}, which belongs in ${entry.where.source}`;
}

function checkTarget(file: string, target: string): string | null {
  if (file === ENTRY || SHARED.includes(target)) return null;
  if (target === ENTRY) return `imports ${ENTRY}, which joins the parts and is imported by none`;
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === WIRING) return null;
  if (from !== to && !MAY_IMPORT[from]?.includes(to)) {
    return `imports ${target}: ${from} may not import from ${to}`;
  }
  if (from !== 'http') return null;
  const dialect = dialectOf(target);
  if (dialect === null || dialect === dialectOf(file)) return null;
  // Files directly in src/http/ put the dialects together.
  if (dialectOf(file) === null && !file.startsWith(`src/http/${SHARED_HTTP_FOLDER}/`)) return null;
  return `imports ${target}: a dialect is nobody else's business`;
}

function checkD1Database(file: string, code: string): string | null {
  if (MAY_NAME_D1_DATABASE.test(file) || !/\bD1Database\b/.test(code)) return null;
  return 'names D1Database: only store, wiring, config.ts and index.ts know the database';
}

function checkFileName(file: string): string | null {
  const isBarrel = file !== ENTRY && posix.basename(file) === 'index.ts';
  return isBarrel ? 'is a barrel: import from the file that has the thing' : null;
}

/** Each cycle once, at the file where it was met first. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): Violation[] {
  const violations: Violation[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const rule = `is in an import cycle: ${[...path.slice(start), file].join(' -> ')}`;
      violations.push({ file, rule });
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return violations;
}

/** The folder directly under src/, or `.` for a file in src/ itself. */
function folderOf(file: string): string {
  const [, folder = '.', rest] = file.split('/');
  return rest === undefined ? '.' : folder;
}

function dialectOf(file: string): string | null {
  const [, http, dialect, rest] = file.split('/');
  if (http !== 'http' || dialect === undefined || rest === undefined) return null;
  return dialect === SHARED_HTTP_FOLDER ? null : dialect;
}

function resolveFrom(file: string): (specifier: string) => string {
  return (specifier) => posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''));
}

const IMPORT =
  /(?<![\w'"`.])(?:(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|import(?:\s+|\s*\(\s*)['"]([^'"]+)['"])/g;

function listImports(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, named, bare]) => named ?? bare ?? []);
}

const STRING_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function blankComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) => (match.startsWith('/') ? ' ' : match));
}
