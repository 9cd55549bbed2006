import { Hono, type MiddlewareHandler } from 'hono';
import { requireChecked } from '../access/grant.ts';
import { SignetError } from '../errors.ts';
import { type ErrorForm, type HttpContext, type HttpEnv, isAuthorized } from './context.ts';
import { authorize } from './middleware/authorize.ts';
import { checkSite } from './middleware/check-site.ts';
import { requireSecureTransport } from './middleware/check-transport.ts';
import { endJsonWithNewline } from './middleware/end-json.ts';
import { answerOnce } from './middleware/idempotency.ts';
import { answerError, answerNotFound } from './middleware/map-error.ts';
import { limitBody } from './middleware/read-body.ts';
import type { Dialect, Route } from './route.ts';

/**
 * Creates the sub-application of a dialect. It checks a request in this order: address, method, site,
 * caller. Only then the handler runs.
 */
export function createDialectApp(dialect: Dialect): Hono<HttpEnv> {
  const { routes, errorForm, authenticate, finishAnswer } = dialect;
  const app = new Hono<HttpEnv>();
  if (finishAnswer !== undefined) app.use(finishAnswer.path, finishAnswer.finish);
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    app.use(path, enterAddress(here, errorForm));
    for (const route of here) {
      for (const check of listChecks(route, authenticate)) app.on(route.method, path, check);
      app.on(route.method, path, endAnswer(dialect, chooseHandler(route)));
    }
    app.all(path, refuseMethod(here));
  }
  return app;
}

/** Sets the route in the log line and the form of errors. */
function enterAddress(routes: readonly Route[], errorForm: ErrorForm): MiddlewareHandler<HttpEnv> {
  const [first] = routes;
  const pattern = first?.path.replace(/\{.*\}/, '') ?? null;
  const form = first?.errorForm ?? errorForm;
  return async (c, next) => {
    if (first?.exists?.(c.get('services').config) === false) return answerNotFound(c);
    c.get('logEntry').route = pattern;
    c.set('errorForm', form);
    await next();
  };
}

function listChecks(
  route: Route,
  authenticate: Dialect['authenticate'],
): MiddlewareHandler<HttpEnv>[] {
  const { method, caller, maxBodyBytes } = route;
  return [
    ...(caller === 'shared secret' ? [requireSecureTransport] : []),
    ...(method === 'GET' ? [] : [checkSite]),
    ...(maxBodyBytes === undefined ? [] : [limitBody(maxBodyBytes)]),
    ...(route.caller === 'anyone' ? [] : [authorize(route, authenticate)]),
  ];
}

function endAnswer(
  { jsonEndsWithNewline }: Dialect,
  handle: (c: HttpContext) => Promise<Response>,
): (c: HttpContext) => Promise<Response> {
  if (jsonEndsWithNewline !== true) return handle;
  return async (c) => endJsonWithNewline(await handle(c));
}

/** A handler that never checks the caller's grant gives no answer, even to a caller that may ask. */
function chooseHandler(route: Route): (c: HttpContext) => Promise<Response> {
  if (route.caller === 'anyone') return route.handle;
  const handle = route.idempotent === true ? answerOnce(route.handle) : route.handle;
  return async (c) => {
    if (!isAuthorized(c)) throw new Error(`${route.path} was reached without a caller`);
    const response = await handle(c);
    requireChecked(c.get('principal'), `${route.method} ${route.path}`);
    return response;
  };
}

function refuseMethod(routes: readonly Route[]): (c: HttpContext) => Response {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = methods.join(', ');
  return (c) => {
    const response = answerError(new SignetError('method-not-allowed', `Use ${allow} here.`), c);
    response.headers.set('Allow', allow);
    return response;
  };
}
