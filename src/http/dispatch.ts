import { authenticateSecret } from '../access/authenticate.ts';
import { actWithScope } from '../access/identity.ts';
import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { SHARED_SECRET_PRINCIPAL } from '../access/shared-secret.ts';
import { SignetError } from '../errors.ts';
import type { Authenticate, Call, Exchange, Route } from './call.ts';
import { checkSite } from './middleware/check-site.ts';
import { checkTransport } from './middleware/check-transport.ts';
import { describeFailure } from './middleware/log-request.ts';
import { answerError } from './middleware/map-error.ts';

/**
 * One request to a path that has `routes`: checks how it came, chooses by method, checks who sent
 * it, and only then lets the handler work.
 */
export async function dispatch(
  routes: readonly Route[],
  request: Request,
  params: Readonly<Record<string, string>>,
  exchange: Exchange,
): Promise<Response> {
  const { config } = exchange.services;
  const { url } = exchange;
  // Wherever they are sent to: what went through the network unprotected is known to others now.
  if (request.headers.has('Authorization')) checkTransport(request, url, config.allowHttpApi);
  const present = routes.filter((route) => route.exists?.(config) ?? true);
  const [first] = present;
  if (first === undefined) throw new SignetError('not-found', 'There is nothing at this address.');
  exchange.route = first.path.replace(/\{.*\}/, '');
  exchange.errorForm = first.errors;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = present.find((candidate) => candidate.method === method);
  if (route === undefined) return refuseMethod(present, exchange);
  exchange.errorForm = route.errors;

  if (route.caller === 'shared secret') checkTransport(request, url, config.allowHttpApi);
  checkSite(request, url, config.publicUrl);
  const call = createCall(request, params, exchange);
  if (route.caller === 'anyone') return route.handle(call);
  const principal = await authorize(route, request, exchange);
  return route.handle({ ...call, principal });
}

const authenticateShown: Authenticate = (request, _url, { accessKeySecrets }) =>
  authenticateSecret(request.headers.get('Authorization'), accessKeySecrets);

type ProtectedRoute = Exclude<Route, { readonly caller: 'anyone' }>;

/**
 * Who calls, with the grant that the operation has to check in its own query.
 * @throws SignetError forbidden, and what the route's way to authenticate throws
 */
async function authorize(
  { caller, authenticate = authenticateShown, rootOnly }: ProtectedRoute,
  request: Request,
  { url, services, runtime }: Exchange,
): Promise<Principal> {
  // What proves the secret is the envelope in the body: nothing is done before it is opened.
  if (caller === 'shared secret') return SHARED_SECRET_PRINCIPAL;
  const identity = await authenticate(request, url, services);
  if (rootOnly === true && identity.accountId !== ROOT_ACCOUNT_ID) {
    throw new SignetError(
      'forbidden',
      `Only access keys of the account ${ROOT_ACCOUNT_ID} may do this.`,
    );
  }
  if (!identity.root) {
    // Whoever waits for the answer does not wait for this, and a lost note does no harm.
    runtime.waitUntil(services.accessKeySecrets.noteUse(identity.accessKeyId).catch(() => {}));
  }
  return actWithScope(identity, caller);
}

function refuseMethod(routes: readonly Route[], exchange: Exchange): Response {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = methods.join(', ');
  const response = answerError(
    new SignetError('method-not-allowed', `Use ${allow} here.`),
    exchange,
  );
  response.headers.set('Allow', allow);
  return response;
}

function createCall(
  request: Request,
  params: Readonly<Record<string, string>>,
  exchange: Exchange,
): Call {
  return {
    request,
    url: exchange.url,
    params,
    services: exchange.services,
    runtime: exchange.runtime,
    context: exchange.context,
    note(message) {
      exchange.message = message;
    },
    noteCopy() {
      exchange.isCopy = true;
    },
    answerErrorsWith(form) {
      exchange.errorForm = form;
    },
    reportTrouble(trouble) {
      exchange.level = 'error';
      exchange.error = describeFailure(trouble);
    },
  };
}
