import type { MiddlewareHandler } from 'hono';
import type { Identity } from '../access/identity.ts';
import type { Scope } from '../access/scopes.ts';
import type { AuthorizedContext, ErrorForm, HttpContext, HttpEnv } from './context.ts';
import type { HttpConfig } from './services.ts';

/**
 * Verifies the credentials of a request, before anything is done for it: the secret of an access key,
 * sent or used to sign. A scheme that needs the body reads it from a clone, so that the handler can
 * read it too.
 * @throws SignetError if the credentials are missing or wrong
 */
export type Authenticate = (c: HttpContext) => Promise<Identity>;

/** An API that the CA speaks: routes that share their form of errors and their authentication. */
export interface Dialect {
  /** The form of errors, unless a route has its own. */
  readonly errorForm: ErrorForm;
  /** Whether errors at this path have the dialect's form even without a route, or before it is found. */
  ownsAddress(path: string): boolean;
  /** Null if no route takes an access key. */
  readonly authenticate: Authenticate | null;
  /** Set for an API that people call from a terminal. Other dialects keep the bytes of their original. */
  readonly jsonEndsWithNewline?: true;
  /** Completes every answer below a path, errors too. */
  readonly finishAnswer?: { readonly path: string; readonly finish: MiddlewareHandler<HttpEnv> };
  readonly routes: readonly Route[];
}

export interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In Hono's syntax, from the root. */
  readonly path: string;
  /** Default: that of the dialect. */
  readonly errorForm?: ErrorForm;
  /** Whether the address exists in this configuration. Default: always. */
  readonly exists?: (config: HttpConfig) => boolean;
  /** Only access keys of the account `root` may call, even with the scope. */
  readonly rootOnly?: true;
  /** Whether an `Idempotency-Key` makes a repeated request safe. */
  readonly idempotent?: true;
  /** Default: 64 KiB. */
  readonly maxBodyBytes?: number;
}

/**
 * `caller` is the scope that the access key needs, `shared secret` or `anyone`. The router authenticates
 * the key; the query of the operation checks the scope.
 */
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
