import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import {
  type AuthorizedContext,
  type ErrorForm,
  type HttpContext,
  note,
  reportTrouble,
} from './context.ts';
import type { Services } from './services.ts';

export type { ErrorForm } from './context.ts';

/**
 * The context as handlers took it before they took Hono's. Only until the last of them is
 * converted: new code takes HttpContext or AuthorizedContext.
 */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly services: Services;
  readonly runtime: { waitUntil(promise: Promise<unknown>): void };
  readonly context: RequestContext;
  note(message: string): void;
  noteCopy(): void;
  answerErrorsWith(form: ErrorForm): void;
  reportTrouble(trouble: unknown): void;
}

export type AuthorizedCall = Call & { readonly principal: Principal };

export function callOf(c: HttpContext): Call {
  return {
    request: c.req.raw,
    url: c.get('url'),
    params: c.req.param(),
    services: c.get('services'),
    runtime: c.executionCtx,
    context: c.get('requestContext'),
    note: (message) => note(c, message),
    noteCopy() {
      c.get('logEntry').isFromEdge = true;
    },
    answerErrorsWith: (form) => c.set('errorForm', form),
    reportTrouble: (trouble) => reportTrouble(c, trouble),
  };
}

export function takeCall(
  handle: (call: Call) => Promise<Response>,
): (c: HttpContext) => Promise<Response> {
  return Object.assign(async (c: HttpContext) => handle(callOf(c)), { adapted: handle });
}

export function takeAuthorizedCall(
  handle: (call: AuthorizedCall) => Promise<Response>,
): (c: AuthorizedContext) => Promise<Response> {
  return Object.assign(
    async (c: AuthorizedContext) => handle({ ...callOf(c), principal: c.get('principal') }),
    { adapted: handle },
  );
}
