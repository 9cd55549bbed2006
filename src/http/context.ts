import type { Context } from 'hono';
import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import type { Env } from '../config.ts';
import type { SignetError } from '../errors.ts';
import type { Services } from './services.ts';

/** What Hono's context carries here: the bindings of the Worker and the variables of one request. */
export interface HttpEnv {
  Bindings: Env;
  Variables: Variables;
}

export interface Variables {
  services: Services;
  url: URL;
  /** Made here, never taken from the client. */
  requestId: string;
  /** The request as the audit record and the log describe it. */
  requestContext: RequestContext;
  logEntry: LogEntry;
  /** The form of errors of this request. */
  errorForm: ErrorForm;
  /** The longest body that the route accepts. */
  maxBodyBytes: number;
  /** Set by `authorize`; see AuthorizedContext. */
  principal?: Principal;
}

export type HttpContext = Context<HttpEnv>;

/** The context of a route that requires a caller. */
export type AuthorizedContext = { get(name: 'principal'): Principal } & HttpContext;

export function isAuthorized(c: HttpContext): c is AuthorizedContext {
  return c.get('principal') !== undefined;
}

/** The log line of a request, as far as it is known. */
export interface LogEntry {
  /** The path pattern of the route, or null if no route matches. */
  route: string | null;
  /** What happened; never a secret or a body. */
  message: string;
  level: 'info' | 'warn' | 'error';
  /** What the operator must know; logged, never sent to the client. */
  error: string | null;
  /** True if the response came from the edge cache: then no line is written. */
  isFromEdge: boolean;
}

/** An error in the words of a dialect, and the message for the log. */
export interface ErrorAnswer {
  readonly response: Response;
  readonly message: string;
}

export type ErrorForm = (error: SignetError, c: HttpContext) => ErrorAnswer;

/** The caller and the request, in the form that operations of the domain take. */
export function askedBy(c: AuthorizedContext) {
  return { principal: c.get('principal'), request: c.get('requestContext') };
}

/** Sets the message of the log line: what was done, never a secret or a body. */
export function note(c: HttpContext, message: string): void {
  c.get('logEntry').message = message;
}

/** Puts a problem that the operator must know about into the log line. The answer does not change. */
export function reportTrouble(c: HttpContext, trouble: unknown): void {
  const entry = c.get('logEntry');
  entry.level = 'error';
  entry.error = describeFailure(trouble);
}

/** An error with its causes, innermost last, as one text for the operator. */
export function describeFailure(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current !== undefined; depth++) {
    parts.push(
      current instanceof Error
        ? (current.stack ?? `${current.name}: ${current.message}`)
        : String(current),
    );
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join('\ncaused by: ');
}
