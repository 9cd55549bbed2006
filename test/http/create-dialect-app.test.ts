import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { markChecked } from '../../src/access/grant.ts';
import { SignetError } from '../../src/errors.ts';
import type { ErrorForm, HttpEnv } from '../../src/http/context.ts';
import { createDialectApp } from '../../src/http/create-dialect-app.ts';
import { answerError, answerNotFound } from '../../src/http/middleware/map-error.ts';
import { openRequest } from '../../src/http/middleware/request-context.ts';
import type { Dialect } from '../../src/http/route.ts';
import { SECRETS } from './bce/send-bce.ts';
import { createFakeServices } from './fakes.ts';

function formOf(name: string): ErrorForm {
  return ({ code, status }) => ({
    response: new Response(`${name}: ${code}`, { status }),
    message: code,
  });
}

const DIALECT: Dialect = {
  errorForm: formOf('dialect'),
  ownsAddress: () => false,
  authenticate: async () => {
    throw new SignetError('unauthenticated', 'No.');
  },
  routes: [
    { method: 'GET', path: '/thing', caller: 'anyone', handle: async () => new Response('thing') },
    { method: 'POST', path: '/thing', caller: 'accounts:Manage', handle: unreachable },
    {
      method: 'POST',
      path: '/secret',
      caller: 'shared secret',
      exists: ({ openSslCaSecret }) => openSslCaSecret !== null,
      errorForm: formOf('route'),
      handle: async (c) => new Response(c.get('principal').actor),
    },
  ],
};

/** Its routes need a scope. */
const SCOPED: Dialect = {
  ...DIALECT,
  authenticate: async () => ({ accessKeyId: 'ak-1', accountId: 'root', root: false }),
  routes: [
    {
      method: 'GET',
      path: '/ping',
      caller: 'accounts:Manage',
      handle: async () => new Response('pong'),
    },
    {
      method: 'GET',
      path: '/checked',
      caller: 'accounts:Manage',
      handle: async (c) => {
        markChecked(c.get('principal').grant);
        return new Response('checked');
      },
    },
  ],
};

async function unreachable(): Promise<Response> {
  throw new Error('the handler was reached');
}

async function ask(
  path: string,
  init: RequestInit = {},
  openSslCaSecret: string | null = 'x',
  dialect = DIALECT,
) {
  const { services } = await createFakeServices({ accessKeySecrets: SECRETS });
  const config = { ...services.config, openSslCaSecret };
  const app = new Hono<HttpEnv>();
  app.use(
    openRequest(
      () => ({ ...services, config }),
      () => formOf('none'),
    ),
  );
  app.route('/', createDialectApp(dialect));
  app.notFound(answerNotFound);
  app.onError(answerError);
  const context = createExecutionContext();
  const response = await app.request(`https://ca.test${path}`, init, env, context);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const FOREIGN = { Origin: 'https://evil.test' };

describe('the sub-application of a dialect', () => {
  it('answers GET and HEAD', async () => {
    expect(await ask('/thing')).toMatchObject({ status: 200, text: 'thing' });
    expect(await ask('/thing', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each(['/other', '/thing/', '/thing/x', '//thing'])('has no route for %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, text: 'none: not-found' });
  });

  it('checks the method, then the site, then the caller', async () => {
    const wrongMethod = await ask('/thing', { method: 'PUT', headers: FOREIGN });
    expect(wrongMethod).toMatchObject({ status: 405, text: 'dialect: method-not-allowed' });
    expect(wrongMethod.headers.get('Allow')).toBe('GET, HEAD, POST');
    const foreign = await ask('/thing', { method: 'POST', headers: FOREIGN });
    expect(foreign.text).toBe('dialect: cross-site-request');
    expect((await ask('/thing', { method: 'POST' })).text).toBe('dialect: unauthenticated');
  });

  it('does not check the site of a request that changes nothing', async () => {
    expect((await ask('/thing', { headers: FOREIGN })).text).toBe('thing');
  });

  it('prefers the form of errors of a route', async () => {
    expect((await ask('/secret')).text).toBe('route: method-not-allowed');
  });

  it('withholds the answer of a handler that did not check the grant', async () => {
    const ping = await ask('/ping', {}, null, SCOPED);
    expect(ping).toMatchObject({ status: 500, text: 'dialect: internal' });
    expect(await ask('/checked', {}, null, SCOPED)).toMatchObject({ status: 200, text: 'checked' });
  });

  it('answers 404 at an address that the configuration turns off, to any method', async () => {
    expect(await ask('/secret', { method: 'POST' })).toMatchObject({ status: 200 });
    for (const method of ['POST', 'GET', 'PUT']) {
      expect(await ask('/secret', { method }, null)).toMatchObject({ status: 404 });
    }
  });
});
