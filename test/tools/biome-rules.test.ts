import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../scripts/project.ts';

const ALLOWED: Readonly<Record<string, string>> = {
  'src/http/routes.ts': "import { Hono } from 'hono'; import * as v from 'valibot'; f(Hono, v);",
  'src/index.ts': "import { Hono } from 'hono'; let a: D1Database; f(Hono, a);",
  'src/store/rows.ts': 'export const f = (db: D1Database) => db;',
  'src/wiring/parts.ts': 'export const f = (db: D1Database) => db;',
  'src/net/sockets.ts': "import { connect } from 'cloudflare:sockets'; fetch(connect());",
  'src/jobs/handlers.ts': 'export const worker = { fetch: (request: Request) => request };',
  'test/node.test.ts': "import fs from 'node:fs'; import { it } from 'vitest'; it(fs);",
};

const REFUSED: Readonly<Record<string, readonly [text: string, rule: string]>> = {
  'src/jobs/hono.ts': [
    "import { Hono } from 'hono/tiny'; f(Hono);",
    'lint/style/noRestrictedImports',
  ],
  'src/wiring/hono.ts': ["import { Hono } from 'hono'; f(Hono);", 'lint/style/noRestrictedImports'],
  'src/x509/hono.ts': ["import { Hono } from 'hono'; f(Hono);", 'lint/style/noRestrictedImports'],
  'src/jobs/valibot.ts': ["import * as v from 'valibot'; f(v);", 'lint/style/noRestrictedImports'],
  'src/http/peculiar.ts': [
    "import { Certificate } from '@peculiar/asn1-x509'; f(Certificate);",
    'lint/style/noRestrictedImports',
  ],
  'src/issuance/peculiar.ts': [
    "import { Certificate } from '@peculiar/asn1-x509'; f(Certificate);",
    'lint/style/noRestrictedImports',
  ],
  'src/audit/node.ts': ["import 'node:crypto';", 'lint/correctness/noNodejsModules'],
  'src/audit/lodash.ts': [
    "import {\n  a,\n  b,\n} from 'lodash'; f(a, b);",
    'lint/correctness/noUndeclaredDependencies',
  ],
  'src/audit/tests.ts': [
    "import { it } from 'vitest'; it();",
    'lint/correctness/noUndeclaredDependencies',
  ],
  'src/audit/database.ts': [
    'export const f = (db: D1Database) => db;',
    'lint/style/noRestrictedGlobals',
  ],
  'src/audit/requests.ts': ["fetch('https://a.example');", 'lint/style/noRestrictedGlobals'],
  'src/wiring/requests.ts': ["fetch('https://a.example');", 'lint/style/noRestrictedGlobals'],
  'src/store/requests.ts': ["new WebSocket('wss://a.example');", 'lint/style/noRestrictedGlobals'],
  'src/net/database.ts': [
    'export const f = (db: D1Database) => db;',
    'lint/style/noRestrictedGlobals',
  ],
  'src/audit/index.ts': ["export { f } from './database.ts';", 'lint/performance/noBarrelFile'],
  'src/audit/all.ts': ["export * from './database.ts';", 'lint/performance/noReExportAll'],
  // A cycle of types is a cycle too.
  'src/access/a.ts': [
    "import type { B } from './b.ts'; export type A = B;",
    'lint/suspicious/noImportCycles',
  ],
  'src/access/b.ts': [
    "import type { C } from './c.ts'; export type B = C;",
    'lint/suspicious/noImportCycles',
  ],
  'src/access/c.ts': [
    "import type { A } from './a.ts'; export type C = A;",
    'lint/suspicious/noImportCycles',
  ],
};

const IMPORT_RULES = new Set(Object.values(REFUSED).map(([, rule]) => rule));
const directory = mkdtempSync(join(tmpdir(), 'signet-biome-'));
/** The import rules that each file breaks. */
const found = new Map<string, string[]>();

beforeAll(() => {
  copyFileSync(join(PROJECT_DIR, 'package.json'), join(directory, 'package.json'));
  const config = JSON.parse(readFileSync(join(PROJECT_DIR, 'biome.json'), 'utf8'));
  // The copy is not a Git repository.
  delete config.vcs;
  writeFileSync(join(directory, 'biome.json'), JSON.stringify(config));
  const refused = Object.entries(REFUSED).map(([file, [text]]): [string, string] => [file, text]);
  for (const [file, text] of [...Object.entries(ALLOWED), ...refused]) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  const args = [biome, 'lint', '--reporter=github', '--max-diagnostics=none'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  for (const [, rule = '', file = ''] of stdout.matchAll(/title=(\S+?),file=([^,]+),/g)) {
    const path = file.slice(file.search(/(src|test)\/[^/]+(\/[^/]+)?$/));
    if (IMPORT_RULES.has(rule)) found.set(path, [...(found.get(path) ?? []), rule]);
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('biome.json', () => {
  it.each(Object.entries(ALLOWED))('lets %s have %s', (file) => {
    expect(found.get(file) ?? []).toEqual([]);
  });

  it.each(Object.entries(REFUSED))('stops %s from having %s', (file, [, rule]) => {
    expect(found.get(file)).toContain(rule);
  });
});
