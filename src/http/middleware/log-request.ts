import type { MiddlewareHandler } from 'hono';
import { isolateMeter } from '../../metrics/isolate-meter.ts';
import type { HttpContext, HttpEnv } from '../context.ts';
import { readPlatformText } from './request-context.ts';

const MAX_MESSAGE_CHARACTERS = 500;

/** Writes one log line per request, except for answers from the edge cache. */
export function logRequest(
  clock: () => number,
  writeLog: (line: string) => void,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const startedAtMs = clock();
    await next();
    const { isFromEdge, route } = c.get('logEntry');
    if (isFromEdge) return;
    isolateMeter.countRequest(route, c.res.status);
    writeLog(formatLogLine(c, startedAtMs, clock()));
  };
}

/**
 * The log line, as JSON. It holds no body, no header that a client chose and no query, so it cannot
 * hold a secret.
 */
function formatLogLine(c: HttpContext, startedAtMs: number, endedAtMs: number): string {
  const { requestId, remoteAddress, country } = c.get('requestContext');
  const { level, route, message, error } = c.get('logEntry');
  const request = c.req.raw;
  const line = JSON.stringify({
    level,
    at: new Date(startedAtMs).toISOString(),
    requestId,
    method: request.method,
    protocol: readPlatformText(request, 'httpProtocol') ?? c.get('url').protocol,
    route,
    status: c.res.status,
    durationMs: endedAtMs - startedAtMs,
    remoteAddress,
    country,
    message: message.slice(0, MAX_MESSAGE_CHARACTERS),
    ...(error === null ? {} : { error }),
  });
  return line.replace(UNSAFE, escapeCharacter);
}

/** What JSON leaves as it is, but a terminal may obey: C1 controls, and marks that reorder or hide text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
