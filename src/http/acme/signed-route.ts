import {
  type AccountCall,
  type AcmeCall,
  isSpent,
  type KeyCall,
  requireSpent,
} from '../../acme/call.ts';
import type { SignedBy } from '../../acme/open-call.ts';
import type { ReadPayload } from '../../acme/payload.ts';
import { SignetError } from '../../errors.ts';
import type { HttpContext } from '../context.ts';
import type { Route } from '../route.ts';
import { readJwsBody } from './read-jws.ts';
import { AUTHORITY, accountUrl, readLineageId, requestUrl } from './urls.ts';

/** How the requests of a resource are signed. */
interface Signing<Call extends AcmeCall> {
  readonly signedBy: SignedBy;
  isRight(call: AcmeCall): call is Call;
}

/** By an account, which `kid` names. */
export const BY_ACCOUNT: Signing<AccountCall> = {
  signedBy: 'account',
  isRight: (call): call is AccountCall => call.account !== null,
};
/** By a key, which `jwk` contains. */
export const BY_KEY: Signing<KeyCall> = {
  signedBy: 'key',
  isRight: (call): call is KeyCall => call.account === null,
};
export const BY_ACCOUNT_OR_KEY: Signing<AcmeCall> = {
  signedBy: 'either',
  isRight: (_call): _call is AcmeCall => true,
};

interface SignedResource<Call extends AcmeCall, Payload> {
  /** Below the directory, without a slash at its start. */
  readonly path: string;
  readonly signing: Signing<Call>;
  readonly readPayload: ReadPayload<Payload>;
  readonly handle: (c: HttpContext, call: Call, payload: Payload) => Promise<Response>;
}

/** The routes that `signedRoute` made. A test finds a POST of the dialect that is not one. */
const signedRoutes = new WeakSet<Route>();

export function isSignedRoute(route: Route): boolean {
  return signedRoutes.has(route);
}

/**
 * Makes the route of a resource that takes signed requests. The handler is reached only with a valid
 * signature, and its answer is withheld if no batch has spent the nonce. A request that is refused
 * spends its nonce too.
 */
export function signedRoute<Call extends AcmeCall, Payload>(
  resource: SignedResource<Call, Payload>,
): Route {
  const { path, signing, readPayload, handle } = resource;
  const route: Route = {
    method: 'POST',
    path: `${AUTHORITY}/${path}`,
    caller: 'anyone',
    handle: async (c) => {
      const jws = await readJwsBody(c);
      const call = await c.get('services').openAcmeCall({
        jws,
        url: requestUrl(c),
        accountsUrl: accountUrl(c, ''),
        lineageId: readLineageId(c),
        signedBy: signing.signedBy,
        request: c.get('requestContext'),
      });
      try {
        if (!signing.isRight(call)) throw new Error(`${path} was reached with another signer`);
        const response = await handle(c, call, readPayload(jws));
        requireSpent(call, `POST ${path}`);
        return response;
      } catch (error) {
        await settleRefused(c, call, error);
        throw error;
      }
    },
  };
  signedRoutes.add(route);
  return route;
}

/**
 * Spends the nonce of a refused request, because a nonce that was seen is not valid any more (RFC 8555
 * section 6.5), and evicts an account from memory that may be outdated.
 * @throws AcmeError bad-nonce if the nonce was used before
 */
async function settleRefused(c: HttpContext, call: AcmeCall, error: unknown): Promise<void> {
  const { acmeAccounts } = c.get('services');
  const code = error instanceof SignetError ? error.code : null;
  if (code === 'account-unauthorized' && call.account !== null) acmeAccounts.evict(call.account.id);
  if (isSpent(call) || code === 'bad-nonce' || code === 'record-unavailable') return;
  await acmeAccounts.spend(call);
}
