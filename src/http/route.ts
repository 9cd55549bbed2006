import type { Identity } from '../access/identity.ts';
import type { Scope } from '../access/scopes.ts';
import type { AuthorizedContext, ErrorForm, HttpContext } from './context.ts';
import type { HttpConfig } from './services.ts';

/**
 * Finds out who sent a request, before anything is done for it: by the secret of an access key, sent
 * or used to sign. A scheme that needs the body reads it from a clone, so that the handler can read
 * it too.
 * @throws SignetError if the credentials are missing or wrong
 */
export type Authenticate = (c: HttpContext) => Promise<Identity>;

/** One way of talking to the CA: routes that share their words for errors and their authentication. */
export interface Dialect {
  /** For errors of all its routes, unless a route has its own. */
  readonly errorForm: ErrorForm;
  /** Whether an error at this path has its form although no route was found (yet). */
  ownsAddress(path: string): boolean;
  /** Null if no route of it takes an access key in this way. */
  readonly authenticate: Authenticate | null;
  readonly routes: readonly Route[];
}

export interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In Hono's syntax, from the root. */
  readonly path: string;
  /** Without it, that of the dialect. */
  readonly errorForm?: ErrorForm;
  /** Whether the address exists in this configuration. Without it, always. */
  readonly exists?: (config: HttpConfig) => boolean;
  /** Only access keys of the account `root` may call, whatever their scopes. */
  readonly rootOnly?: true;
  /** Whether an `Idempotency-Key` makes a repeated request safe. */
  readonly idempotent?: true;
  /** 64 KiB without it. */
  readonly maxBodyBytes?: number;
}

/** `caller` says who may call: anyone, an access key with this scope, or who knows the shared secret. */
export type Route = RouteBase & (PublicHandling | AuthorizedHandling);

interface PublicHandling {
  readonly caller: 'anyone';
  readonly handle: (c: HttpContext) => Promise<Response>;
}

interface AuthorizedHandling {
  readonly caller: Scope | 'shared secret';
  readonly handle: (c: AuthorizedContext) => Promise<Response>;
}

export type ProtectedRoute = RouteBase & AuthorizedHandling;
