import type { MiddlewareHandler } from 'hono';
import type { RequestContext } from '../../audit/event.ts';
import type { Env } from '../../config.ts';
import type { ErrorForm, HttpEnv } from '../context.ts';
import type { Services } from '../services.ts';
import { MAX_BODY_BYTES } from './read-body.ts';

/**
 * Sets the variables of the request.
 * @param chooseErrorForm returns the form of an error before a route is found
 */
export function openRequest(
  openServices: (env: Env) => Services,
  chooseErrorForm: (path: string) => ErrorForm,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const url = new URL(c.req.url);
    c.set('services', openServices(c.env));
    c.set('url', url);
    c.set('requestContext', readRequestContext(c.req.raw, c.get('requestId')));
    c.set('errorForm', chooseErrorForm(url.pathname));
    c.set('maxBodyBytes', MAX_BODY_BYTES);
    c.set('logEntry', {
      route: null,
      message: 'done',
      level: 'info',
      error: null,
      isFromEdge: false,
    });
    await next();
  };
}

/**
 * The address comes from CF-Connecting-IP and the country from the platform; no other claim of a
 * client is read. The country is read only on demand: the first access to `request.cf` costs about
 * as much as everything else here.
 */
function readRequestContext(request: Request, requestId: string): RequestContext {
  return {
    requestId,
    remoteAddress: request.headers.get('CF-Connecting-IP'),
    get country() {
      return readPlatformText(request, 'country');
    },
  };
}

/** A text field of `request.cf`, or null. */
export function readPlatformText(request: Request, field: string): string | null {
  const properties: object = request.cf ?? {};
  const value: unknown = Reflect.get(properties, field);
  return typeof value === 'string' ? value : null;
}
