import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { HttpContext } from '../context.ts';

/** The part of a path that names the authority of a directory. */
export const AUTHORITY = '/acme/:authority{[A-Za-z0-9_-]+}';

/** The directory of the default authority. */
export const DEFAULT_DIRECTORY = '/acme/directory';

/** Returns the authority of the directory that the request is for. It need not exist. */
export function readLineageId(c: HttpContext): string {
  const [, lineageId] = /^\/acme\/([A-Za-z0-9_-]+)\//.exec(c.get('url').pathname) ?? [];
  return lineageId ?? DEFAULT_AUTHORITY_ID;
}

/** Returns the whole URL of an object of the directory. It never depends on the Host of the request. */
export function makeUrl(c: HttpContext, path: string): string {
  return `${c.get('services').config.publicUrl}/acme/${readLineageId(c)}/${path}`;
}

/** Returns the whole URL of the request, as the client must have signed it. */
export function requestUrl(c: HttpContext): string {
  const { pathname, search } = c.get('url');
  return `${c.get('services').config.publicUrl}${pathname}${search}`;
}

/** Returns the URL of the directory that the request is for. */
export function directoryUrl(c: HttpContext): string {
  return c.get('url').pathname === DEFAULT_DIRECTORY
    ? `${c.get('services').config.publicUrl}${DEFAULT_DIRECTORY}`
    : makeUrl(c, 'directory');
}

export function accountUrl(c: HttpContext, id: string): string {
  return makeUrl(c, `acct/${id}`);
}

export function orderUrl(c: HttpContext, id: string): string {
  return makeUrl(c, `order/${id}`);
}

export function authorizationUrl(c: HttpContext, id: string): string {
  return makeUrl(c, `authz/${id}`);
}

export function challengeUrl(c: HttpContext, authorizationId: string, type: string): string {
  return makeUrl(c, `chall/${authorizationId}/${type}`);
}

export function certificateUrl(c: HttpContext, orderId: string): string {
  return makeUrl(c, `cert/${orderId}`);
}

/** Returns a parameter of the path. */
export function readParam(c: HttpContext, name: string): string {
  return c.req.param(name) ?? '';
}
