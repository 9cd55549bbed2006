import { posix } from 'node:path';
import {
  ALLOWED_IMPORTS,
  JOINING,
  RESTRICTED_MODULES,
  RESTRICTED_NAMES,
  SHARED,
  SHARED_HTTP,
  STARTING,
} from './allowed-imports.ts';

// Biome checks packages, Node modules, D1Database, barrels and cycles: see biome.json.

export interface Violation {
  readonly file: string;
  readonly rule: string;
}

interface Import {
  readonly file: string;
  readonly target: string;
  /** The folder directly under src/ of each, or the file itself if it is directly in src/. */
  readonly from: string;
  readonly to: string;
}

/**
 * Returns each import in src/ that ALLOWED_IMPORTS does not list, and each import between dialects.
 * @param sources text of each TypeScript file of src/, by its path from the project's root
 */
export function findViolations(sources: ReadonlyMap<string, string>): Violation[] {
  const imports = listImports(sources).flatMap((each) => {
    const rule = checkFolders(each) ?? checkDialects(each);
    return rule === null ? [] : [{ file: each.file, rule: `imports ${each.target}: ${rule}` }];
  });
  const restricted = [...sources].flatMap(([file, text]) => [
    ...checkNames(file, text),
    ...checkModules(file, text),
  ]);
  return [...imports, ...restricted];
}

/** Finds imports of RESTRICTED_NAMES by a file that may not import them. */
function checkNames(file: string, text: string): Violation[] {
  const clauses = [...blankComments(text).matchAll(IMPORT)].map(([clause]) => clause).join(' ');
  return Object.entries(RESTRICTED_NAMES)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(clauses))
    .filter(([, importers]) => !importers.some((importer) => file.startsWith(importer)))
    .map(([name, importers]) => ({
      file,
      rule: `imports ${name}: only ${importers.join(', ')} may`,
    }));
}

/** Finds imports of RESTRICTED_MODULES by a file that may not import them. */
function checkModules(file: string, text: string): Violation[] {
  return listSpecifiers(blankComments(text)).flatMap((specifier) => {
    const importers = RESTRICTED_MODULES[specifier] ?? [''];
    return importers.some((importer) => file.startsWith(importer))
      ? []
      : [{ file, rule: `imports ${specifier}: only ${importers.join(', ')} may` }];
  });
}

/** Returns the imports that ALLOWED_IMPORTS lists and no file of src/ has, as `from -> to`. */
export function findUnused(sources: ReadonlyMap<string, string>): string[] {
  const used = new Set(listImports(sources).map(({ from, to }) => `${from} -> ${to}`));
  return Object.entries(ALLOWED_IMPORTS)
    .flatMap(([from, targets]) => targets.map((to) => `${from} -> ${to}`))
    .filter((edge) => !used.has(edge));
}

function checkFolders({ from, to }: Import): string | null {
  if (from === to || SHARED.includes(to)) return null;
  if (to === 'index.ts' || to === 'machine' || (to === 'wiring' && !STARTING.includes(from))) {
    return `${from} may not import from ${to}, which joins the parts`;
  }
  if (JOINING.includes(from) || ALLOWED_IMPORTS[from]?.includes(to)) return null;
  return `${from} may not import from ${to}`;
}

function checkDialects({ file, target }: Import): string | null {
  const from = httpFolderOf(file);
  const to = httpFolderOf(target);
  if (from === null || to === null || from === to || SHARED_HTTP.includes(to)) return null;
  return 'one dialect may not import from another';
}

/** The folder under src/http/; null for files directly in it, which put the dialects together. */
function httpFolderOf(file: string): string | null {
  const [, http, folder, rest] = file.split('/');
  return http === 'http' && folder !== undefined && rest !== undefined ? folder : null;
}

function listImports(sources: ReadonlyMap<string, string>): Import[] {
  return [...sources].flatMap(([file, text]) =>
    listSpecifiers(blankComments(text))
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => {
        const target = posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''));
        return { file, target, from: folderOf(file), to: folderOf(target) };
      }),
  );
}

function folderOf(file: string): string {
  return file.split('/')[1] ?? file;
}

const IMPORT =
  /(?<![\w'"`.])(?:(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|import(?:\s+|\s*\(\s*)['"]([^'"]+)['"])/g;

function listSpecifiers(code: string): string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, named, bare]) => named ?? bare ?? []);
}

const STRING_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

function blankComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (match) => (match.startsWith('/') ? ' ' : match));
}
