import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { TrieRouter } from 'hono/router/trie-router';
import type { Env } from '../config.ts';
import { ACME } from './acme/routes.ts';
import { API } from './api/routes.ts';
import { BCE } from './bce/routes.ts';
import { CAS } from './cas/routes.ts';
import type { ErrorForm, HttpEnv } from './context.ts';
import { createDialectApp } from './create-dialect-app.ts';
import { checkCredentialsTransport } from './middleware/check-transport.ts';
import { deliverEvents } from './middleware/deliver-events.ts';
import { logRequest } from './middleware/log-request.ts';
import { answerError, answerNotFound } from './middleware/map-error.ts';
import { openRequest, type ReadClient } from './middleware/request-context.ts';
import { setCommonHeaders } from './middleware/set-headers.ts';
import { OPENSSL_CA } from './openssl-ca/routes.ts';
import { problemErrors } from './problem.ts';
import { OCSP, PUBLISH } from './publish/routes.ts';
import type { Dialect, Route } from './route.ts';
import type { Services } from './services.ts';

const DIALECTS: readonly Dialect[] = [OPENSSL_CA, PUBLISH, OCSP, API, ACME, BCE, CAS];

/** Every route. Other addresses are 404; GET routes answer HEAD too. */
export const ROUTES: readonly Route[] = DIALECTS.flatMap(({ routes }) => routes);

interface AppOptions {
  openServices(env: Env): Services;
  /** The default is the client as Cloudflare tells it. */
  readonly readClient?: ReadClient | undefined;
  /** Unix ms. */
  readonly clock: () => number;
  readonly writeLog: (line: string) => void;
}

/** Creates the web side: the middleware of every request, then the sub-application of each dialect. */
export function createApp({
  openServices,
  readClient,
  clock,
  writeLog,
}: AppOptions): Hono<HttpEnv> {
  // Hono's default also ends with this router, after a RegExpRouter refused some of these paths.
  const app = new Hono<HttpEnv>({ router: new TrieRouter() });
  app.use(
    logRequest(clock, writeLog),
    // Without a header name, it never takes an id from the client.
    requestId({ headerName: '' }),
    openRequest(openServices, chooseErrorForm, readClient),
    setCommonHeaders,
    checkCredentialsTransport,
    deliverEvents,
  );
  for (const dialect of DIALECTS) app.route('/', createDialectApp(dialect));
  app.notFound(answerNotFound);
  app.onError(answerError);
  return app;
}

/** The form of an error before a route is found. */
function chooseErrorForm(path: string): ErrorForm {
  return DIALECTS.find((dialect) => dialect.ownsAddress(path))?.errorForm ?? problemErrors;
}
