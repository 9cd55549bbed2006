import { describe, expect, it } from 'vitest';
import { selectTests } from '../../tools/quick-tests.ts';

describe('selectTests', () => {
  it.each([
    ['src/audit/seal.ts', ['test/audit/']],
    ['src/x509/names/punycode.ts', ['test/x509/']],
    ['src/http/bce/routes.ts', ['test/http/bce/']],
    ['src/http/api/authorities/manage.ts', ['test/http/api/']],
    ['src/http/app.ts', ['test/http/']],
    ['src/config.ts', ['test/config.test.ts']],
    ['tools/mix/ledger.ts', ['test/tools/']],
    ['scripts/start.ts', ['test/scripts/']],
    ['test/store/database.ts', ['test/store/']],
    ['test/config.test.ts', ['test/config.test.ts']],
    ['test/interop/ocsp.test.ts', []],
    ['test/integration/worker.ts', []],
    ['docs/ocsp.md', []],
    ['migrations/0001_authorities.sql', []],
  ])('answers a change of %s with %j', (file, tests) => {
    expect(selectTests([file])).toEqual(tests);
  });

  it('names each folder once', () => {
    expect(selectTests(['src/keys/a.ts', 'src/asn1/b.ts', 'test/keys/a.test.ts'])).toEqual([
      'test/asn1/',
      'test/keys/',
    ]);
  });
});
