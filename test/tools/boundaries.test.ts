import { describe, expect, it } from 'vitest';
import { findViolations } from '../../tools/boundaries.ts';

function check(files: Record<string, string>): string[] {
  return findViolations(new Map(Object.entries(files))).map(({ file, rule }) => `${file} ${rule}`);
}

describe('findViolations', () => {
  it.each([
    ['src/http/api/issue.ts', "import { issue } from '../../issuance/issue.ts';"],
    ['src/http/app.ts', "import { routes } from './bce/routes.ts';"],
    ['src/http/bce/routes.ts', "import { log } from '../middleware/log.ts';"],
    ['src/http/bce/routes.ts', "import { Hono } from 'hono';"],
    ['src/issuance/issue.ts', "import { parse } from '../x509/csr.ts';"],
    ['src/x509/certificate/csr.ts', "import { SignetError } from '../../errors.ts';"],
    [
      'src/store/crls.ts',
      "import type { CrlStore } from '../revocation/store.ts'; let a: D1Database;",
    ],
    ['src/index.ts', "import { a } from './store/crls.ts'; import { b } from './http/app.ts';"],
    [
      'src/wiring/parts.ts',
      "import { a } from '../store/crls.ts'; import { b } from '../jobs/b.ts'; let c: D1Database;",
    ],
    ['src/audit/event.ts', "export type Origin = 'import' | 'issue'; f('import', 'x');"],
    ['src/asn1/der.ts', "// import { a } from 'node:fs'; a D1Database\nconst url = 'http://x';"],
  ])('lets %s have %s', (file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });

  it.each([
    [
      'src/x509/certificate/csr.ts',
      "import { issue } from '../../issuance/issue.ts';",
      'x509 may not import from issuance',
    ],
    [
      'src/x509/certificate/csr.ts',
      "import type { Config } from '../../config.ts';",
      'x509 may not import from .',
    ],
    [
      'src/issuance/issue.ts',
      "import { rows } from '../store/rows.ts';",
      'issuance may not import from store',
    ],
    [
      'src/issuance/issue.ts',
      "import type { C } from '../http/app.ts';",
      'issuance may not import from http',
    ],
    [
      'src/http/app.ts',
      "export { rows } from '../store/rows.ts';",
      'http may not import from store',
    ],
    [
      'src/store/rows.ts',
      "const a = await import('../http/app.ts');",
      'store may not import from http',
    ],
    [
      'src/http/bce/a.ts',
      "import { b } from '../cas/b.ts';",
      "a dialect is nobody else's business",
    ],
    [
      'src/http/middleware/a.ts',
      "import { b } from '../cas/b.ts';",
      "a dialect is nobody else's business",
    ],
    ['src/jobs/a.ts', "import worker from '../index.ts';", 'is imported by none'],
    [
      'src/issuance/issue.ts',
      "import { Certificate } from '@peculiar/asn1-x509';",
      'imports @peculiar/asn1-x509',
    ],
    ['src/jobs/a.ts', "import { Hono } from 'hono/tiny';", 'imports hono/tiny'],
    ['src/jobs/a.ts', "import { a } from '../wiring/a.ts';", 'jobs may not import from wiring'],
    ['src/wiring/a.ts', "import { Hono } from 'hono';", 'imports hono'],
    ['src/index.ts', "import 'node:crypto';", 'no Node API'],
    ['src/index.ts', "import {\n  a,\n  b,\n} from 'lodash';", 'imports lodash'],
    ['src/audit/a.ts', 'export const f = (db: D1Database) => db;', 'names D1Database'],
    ['src/audit/index.ts', '', 'is a barrel'],
    ['src/nowhere/a.ts', "import { a } from '../x509/der.ts';", 'nowhere may not import from x509'],
  ])('stops %s from having %s', (file, text, rule) => {
    expect(check({ [file]: text })).toEqual([expect.stringContaining(rule)]);
  });

  it('finds a cycle, once, even of types', () => {
    const found = check({
      'src/audit/a.ts': "import type { B } from './b.ts';",
      'src/audit/b.ts': "import { c } from './c.ts';",
      'src/audit/c.ts': "import { a } from './a.ts';",
    });
    expect(found).toEqual([
      'src/audit/a.ts is in an import cycle: src/audit/a.ts -> src/audit/b.ts -> src/audit/c.ts -> src/audit/a.ts',
    ]);
  });
});
