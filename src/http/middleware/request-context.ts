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
  readClient: ReadClient = readCloudflareClient,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const url = new URL(c.req.url);
    const { remoteAddress, usesTls } = readClient(c.req.raw);
    // A proxy in front may have ended TLS.
    if (usesTls) url.protocol = 'https:';
    c.set('services', openServices(c.env));
    c.set('url', url);
    c.set('requestContext', createContext(c.req.raw, c.get('requestId'), remoteAddress));
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

/** The client of a request, as the platform or a trusted proxy saw it. */
export interface Client {
  /** IP address, or null if no network was crossed. */
  readonly remoteAddress: string | null;
  /** True if the request came over TLS even if its URL says `http:`. */
  readonly usesTls: boolean;
}

export type ReadClient = (request: Request) => Client;

/** The edge sets CF-Connecting-IP, and overwrites what a client sent. */
export const readCloudflareClient: ReadClient = ({ headers }) => ({
  remoteAddress: headers.get('CF-Connecting-IP'),
  usesTls: false,
});

/**
 * The country comes from the platform, and only on demand: the first access to `request.cf` costs
 * about as much as everything else here.
 */
function createContext(
  request: Request,
  requestId: string,
  remoteAddress: string | null,
): RequestContext {
  return {
    requestId,
    remoteAddress,
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
