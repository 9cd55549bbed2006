import { describe, expect, it } from 'vitest';
import { ACME } from '../../../src/http/acme/routes.ts';
import { isSignedRoute } from '../../../src/http/acme/signed-route.ts';

describe('the routes of ACME', () => {
  it('take signed requests, except for those that everybody may read', () => {
    const unsigned = ACME.routes.filter((route) => !isSignedRoute(route));
    expect(unsigned.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /acme/directory',
      'GET /acme/:authority{[A-Za-z0-9_-]+}/directory',
      'GET /acme/:authority{[A-Za-z0-9_-]+}/new-nonce',
      'GET /acme/:authority{[A-Za-z0-9_-]+}/renewal-info/:certificate',
    ]);
    expect(ACME.routes.length).toBeGreaterThan(unsigned.length);
  });
});
