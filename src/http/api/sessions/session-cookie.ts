import { parse, serialize } from 'hono/utils/cookie';
import type { OpenedSession } from '../../../access/sessions.ts';
import { SignetError } from '../../../errors.ts';
import { CONSOLE_MARK, isMarked } from '../../console-mark.ts';
import type { HttpContext } from '../../context.ts';
import { checkTransport } from '../../middleware/check-transport.ts';

/**
 * The prefix makes browsers refuse the cookie without Secure, with a Domain, or with another Path
 * (RFC 6265bis section 4.1.3.2), so that no other host can set it.
 */
const COOKIE = '__Host-signet-session';

/** Sets the cookie. It ends with the browser's session, or earlier with ours. */
export function writeSessionCookie(token: string): string {
  return serialize(COOKIE, token, { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' });
}

export function clearSessionCookie(): string {
  return serialize(COOKIE, '', {
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'Strict',
    maxAge: 0,
  });
}

/** Tells whether a request has a session's cookie. Only its value tells whether it is a good one. */
export function hasSessionCookie(request: Request): boolean {
  return readTokens(request).length > 0;
}

/**
 * Opens the session of the request's cookie. A request that can change something needs CONSOLE_MARK as well.
 * @throws SignetError session-ended, cross-site-request, insecure-transport, and as Sessions.open
 */
export async function openSession(c: HttpContext): Promise<OpenedSession> {
  checkTransport(c);
  const [token, ...others] = readTokens(c.req.raw);
  if (token === undefined || others.length > 0) {
    throw new SignetError('session-ended', 'You are not signed in: there is no session cookie.');
  }
  const { method } = c.req.raw;
  if (method !== 'GET' && method !== 'HEAD' && !isMarked(c.req.raw)) {
    throw new SignetError(
      'cross-site-request',
      `A request with a session cookie that changes something needs the header ${CONSOLE_MARK.name}: ${CONSOLE_MARK.value}.`,
    );
  }
  return c.get('services').sessions.open(token);
}

/** Every value, although there must be one: a second cookie of this name is not of our making. */
function readTokens(request: Request): string[] {
  return (request.headers.get('Cookie') ?? '')
    .split(';')
    .flatMap((pair) => Object.entries(parse(pair, COOKIE)))
    .map(([, value]) => value);
}
