import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { readAccountKey } from '../../../src/acme/account-key.ts';
import { AcmeError } from '../../../src/acme/acme-error.ts';
import { type AcmeCall, markSpent } from '../../../src/acme/call.ts';
import { JSON_OR_NO_PAYLOAD, NO_PAYLOAD } from '../../../src/acme/payload.ts';
import { SignetError } from '../../../src/errors.ts';
import { ACME } from '../../../src/http/acme/routes.ts';
import { BY_ACCOUNT_OR_KEY, signedRoute } from '../../../src/http/acme/signed-route.ts';
import type { HttpEnv } from '../../../src/http/context.ts';
import { createDialectApp } from '../../../src/http/create-dialect-app.ts';
import { answerError } from '../../../src/http/middleware/map-error.ts';
import { openRequest } from '../../../src/http/middleware/request-context.ts';
import { makeAcmeKey } from '../../acme/jws.ts';
import { createFakeServices } from '../fakes.ts';
import { JOSE } from './acme-client.ts';

/** Sends a request to a handler, and returns what was answered and how often the nonce was spent. */
async function ask(
  handle: (call: AcmeCall) => Promise<Response>,
  spend: (call: AcmeCall) => void = markSpent,
  payload = '',
) {
  const signer = await readAccountKey((await makeAcmeKey()).jwk);
  let spends = 0;
  const fake = await createFakeServices();
  const { services } = await createFakeServices({
    openAcmeCall: async ({ url, lineageId, request }) => ({
      lineageId,
      account: null,
      signer,
      url,
      nonce: 'a-nonce',
      nowSeconds: 0,
      request,
    }),
    acmeAccounts: {
      ...fake.services.acmeAccounts,
      async spend(call) {
        spends++;
        spend(call);
      },
    },
  });
  const route = signedRoute({
    path: 'thing',
    signing: BY_ACCOUNT_OR_KEY,
    readPayload: handle === unreachable ? NO_PAYLOAD : JSON_OR_NO_PAYLOAD,
    handle: (_, call) => handle(call),
  });
  const app = new Hono<HttpEnv>();
  app.use(
    openRequest(
      () => services,
      () => ACME.errorForm,
    ),
  );
  app.route('/', createDialectApp({ ...ACME, routes: [route] }));
  app.onError(answerError);
  const response = await app.request(
    'https://ca.test/acme/default/thing',
    {
      method: 'POST',
      headers: { 'Content-Type': JOSE },
      body: JSON.stringify({ protected: 'e30', payload, signature: '' }),
    },
    env,
    createExecutionContext(),
  );
  return { status: response.status, text: await response.text(), spends };
}

async function unreachable(): Promise<Response> {
  throw new Error('the handler was reached');
}

describe('a route that takes signed requests', () => {
  it('sends the answer of a handler whose batch has spent the nonce', async () => {
    const answer = await ask(async (call) => {
      markSpent(call);
      return new Response('done');
    });
    expect(answer).toEqual({ status: 200, text: 'done', spends: 0 });
  });

  it('withholds the answer of a handler that forgot to', async () => {
    const { status, text, spends } = await ask(async () => new Response('a secret'));
    expect([status, spends]).toEqual([500, 1]);
    expect(text).not.toContain('secret');
  });

  it('spends the nonce of a request that the handler refuses', async () => {
    const refused = await ask(async () => {
      throw new SignetError('order-not-ready', 'No.');
    });
    expect([refused.status, refused.spends]).toEqual([403, 1]);
    expect(refused.text).toContain('orderNotReady');
  });

  it('says that the nonce was used, whatever else is wrong', async () => {
    const replayed = await ask(
      async () => {
        throw new SignetError('order-not-ready', 'No.');
      },
      () => {
        throw new AcmeError('bad-nonce', 'used');
      },
    );
    expect(replayed.text).toContain('badNonce');
  });

  it('does not spend it again after a batch did, or while the database is down', async () => {
    const afterBatch = await ask(async (call) => {
      markSpent(call);
      throw new SignetError('order-not-ready', 'No.');
    });
    expect([afterBatch.status, afterBatch.spends]).toEqual([403, 0]);
    const down = await ask(async () => {
      throw new SignetError('record-unavailable', 'No.');
    });
    expect([down.status, down.spends]).toEqual([503, 0]);
  });

  it('refuses a payload where POST-as-GET reads', async () => {
    const { status, text, spends } = await ask(unreachable, markSpent, 'e30');
    expect([status, spends]).toEqual([400, 1]);
    expect(text).toContain('malformed');
  });
});
