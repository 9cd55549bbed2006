import type { Identity } from '../access/identity.ts';
import type { Principal } from '../access/principal.ts';
import type { Scope } from '../access/scopes.ts';
import type { RequestContext } from '../audit/event.ts';
import type { SignetError } from '../errors.ts';
import type { HttpConfig, Services } from './services.ts';

/** What the platform offers beside the request; `cache` only where Workers Cache is on. */
export interface Runtime {
  waitUntil(promise: Promise<unknown>): void;
  readonly cache?: {
    purge(options: { tags?: string[] }): Promise<{ readonly success: boolean }>;
  };
}

/** An error in the words of a dialect, and the outcome message for the log. */
export interface ErrorAnswer {
  readonly response: Response;
  readonly message: string;
}

export type ErrorForm = (error: SignetError, requestId: string, exchange: Exchange) => ErrorAnswer;

/** One request on its way, with what is known of it so far; the log line is made from it. */
export interface Exchange {
  readonly request: Request;
  readonly services: Services;
  readonly runtime: Runtime;
  readonly url: URL;
  readonly context: RequestContext;
  /** The route's pattern, or null while none matched. */
  route: string | null;
  /** How errors are put into words from here on. */
  errorForm: ErrorForm;
  /** The outcome message. */
  message: string;
  level: 'info' | 'warn' | 'error';
  /** Whether the answer is a copy from the edge: it is not logged. */
  isCopy: boolean;
  /** Cause of a failure of ours: logged, never answered. */
  error: string | null;
}

/** A request as a handler sees it: past every check of the route table. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly services: Services;
  readonly runtime: Runtime;
  readonly context: RequestContext;
  /** Sets the outcome message of the log line; never a secret or a body. */
  note(message: string): void;
  /** Says that the answer is a copy from the edge, made for somebody else. */
  noteCopy(): void;
  /** Sets how errors are put into words from here on, where the request itself has a say in it. */
  answerErrorsWith(form: ErrorForm): void;
  /** Puts what the operator must know into the log line, whatever the answer is. */
  reportTrouble(trouble: unknown): void;
}

export type AuthorizedCall = Call & { readonly principal: Principal };

/**
 * How a dialect learns who sent a request, before anything is done for it: by the access key's
 * secret, shown or used to sign. What needs the body reads it from a clone, which the handler does
 * not miss.
 * @throws SignetError where the credentials are missing or wrong
 */
export type Authenticate = (request: Request, url: URL, services: Services) => Promise<Identity>;

interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly errors: ErrorForm;
  /** Whether the route exists under this configuration; without it, always. */
  readonly exists?: (config: HttpConfig) => boolean;
  /** Without it: HTTP Basic or Bearer with an access key. */
  readonly authenticate?: Authenticate;
  /** Whether the account `root` alone may call, whatever its scopes are. */
  readonly rootOnly?: true;
}

/** Who may call stands beside each route: anyone, who holds a scope, or who knows the shared secret. */
export type Route = RouteBase &
  (
    | { readonly caller: 'anyone'; readonly handle: (call: Call) => Promise<Response> }
    | {
        readonly caller: Scope | 'shared secret';
        readonly handle: (call: AuthorizedCall) => Promise<Response>;
      }
  );
