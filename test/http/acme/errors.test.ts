import { describe, expect, it } from 'vitest';
import { nameErrorType } from '../../../src/http/acme/errors.ts';
import { createFakeServices, send } from '../fakes.ts';

describe('the errors of ACME', () => {
  it('are problem documents also where there is no route', async () => {
    const { services } = await createFakeServices();
    const { response } = await send(services, '/acme/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: 'urn:ietf:params:acme:error:malformed',
      status: 404,
    });
  });

  it.each([
    ['bad-nonce', 400, 'badNonce'],
    ['record-unavailable', 503, 'serverInternal'],
    ['invalid-parameter', 400, 'malformed'],
  ] as const)('names %s', (code, status, type) => {
    expect(nameErrorType(code, status)).toBe(`urn:ietf:params:acme:error:${type}`);
  });
});
