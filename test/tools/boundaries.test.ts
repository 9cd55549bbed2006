import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { ALLOWED_IMPORTS, JOINING, RESTRICTED_NAMES, SHARED } from '../../tools/allowed-imports.ts';
import { findUnused, findViolations } from '../../tools/boundaries.ts';
import { readSources } from '../../tools/read-sources.ts';

function check(files: Record<string, string>): string[] {
  return findViolations(new Map(Object.entries(files))).map(({ file, rule }) => `${file} ${rule}`);
}

describe('findViolations', () => {
  it.each([
    ['src/http/api/issue.ts', "import { issue } from '../../issuance/issue.ts';"],
    ['src/http/app.ts', "import { routes } from './bce/routes.ts';"],
    ['src/http/bce/routes.ts', "import { log } from '../middleware/log.ts';"],
    ['src/issuance/issue.ts', "import { parse } from '../x509/csr.ts';"],
    ['src/x509/certificate/csr.ts', "import { SignetError } from '../../errors.ts';"],
    ['src/x509/path/chain.ts', "import { verify } from '../keys/verify.ts';"],
    ['src/store/crls.ts', "import type { CrlStore } from '../revocation/store.ts';"],
    ['src/index.ts', "import { a } from './wiring/a.ts'; import { b } from './http/app.ts';"],
    ['src/wiring/parts.ts', "import { a } from '../store/a.ts'; import { b } from '../jobs/b.ts';"],
    ['src/audit/event.ts', "export type Origin = 'import' | 'issue'; f('import', 'x');"],
    [
      'src/issuance/sign-certificate.ts',
      "import { encodeSigned } from '../x509/certificate/signed.ts';",
    ],
    ['src/net/platform.ts', "import { connect } from 'cloudflare:sockets';"],
    ['src/wiring/foundation.ts', "import { cache } from 'cloudflare:workers';"],
    ['src/asn1/der.ts', "// import { a } from '../store/a.ts';\nconst url = 'http://x';"],
  ])('lets %s have %s', (file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });

  it.each([
    [
      'src/wiring/acme.ts',
      "import { connect } from 'cloudflare:sockets';",
      'imports cloudflare:sockets: only src/net/ may',
    ],
    [
      'src/x509/certificate/csr.ts',
      "import { issue } from '../../issuance/issue.ts';",
      'x509 may not import from issuance',
    ],
    [
      'src/x509/certificate/csr.ts',
      "import type { Config } from '../../config.ts';",
      'x509 may not import from config.ts',
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
    ['src/audit/a.ts', "import { b } from '../inventory/b.ts';", 'audit may not import from'],
    ['src/errors.ts', "import { b } from './x509/b.ts';", 'errors.ts may not import from x509'],
    ['src/http/bce/a.ts', "import { b } from '../cas/b.ts';", 'one dialect may not import'],
    ['src/http/middleware/a.ts', "import { b } from '../cas/b.ts';", 'one dialect may not import'],
    ['src/jobs/a.ts', "import worker from '../index.ts';", 'may not import from index.ts'],
    ['src/jobs/a.ts', "import { a } from '../wiring/a.ts';", 'jobs may not import from wiring'],
    ['src/nowhere/a.ts', "import { a } from '../x509/der.ts';", 'nowhere may not import from x509'],
    [
      'src/ocsp/a.ts',
      "import {\n  encodeSigned,\n} from '../x509/certificate/signed.ts';",
      'imports encodeSigned: only src/issuance/sign-certificate.ts',
    ],
  ])('stops %s from having %s', (file, text, rule) => {
    expect(check({ [file]: text })).toEqual([expect.stringContaining(rule)]);
  });
});

describe('ALLOWED_IMPORTS', () => {
  it('lists no import that src/ does not have', () => {
    expect(findUnused(readSources())).toEqual([]);
    expect(findUnused(new Map())).toContain('x509 -> asn1');
  });

  it('agrees with the map in CONTRIBUTING.md, part by part', () => {
    const contributing = readFileSync(join(PROJECT_DIR, 'CONTRIBUTING.md'), 'utf8');
    const rows = [...contributing.matchAll(/^\| `src\/([^`/]+)\/?` \|.*\| ([^|]*) \|$/gm)];
    const map = Object.fromEntries(
      rows.map(([, part = '', imports = '']) => [
        part,
        imports.split(', ').filter((name) => name !== '–'),
      ]),
    );
    expect(map).toEqual({
      ...ALLOWED_IMPORTS,
      ...Object.fromEntries(JOINING.map((part) => [part, ['everything']])),
      ...Object.fromEntries(SHARED.map((part) => [part, []])),
    });
  });
});

describe('RESTRICTED_NAMES', () => {
  it('lists only functions that src/ exports', () => {
    const text = [...readSources().values()].join('\n');
    for (const name of Object.keys(RESTRICTED_NAMES)) {
      expect(text, name).toMatch(new RegExp(`export (?:async )?function ${name}\\b`));
    }
  });
});
