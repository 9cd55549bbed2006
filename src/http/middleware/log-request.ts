import type { Exchange } from '../call.ts';
import { readPlatformText } from './request-context.ts';

const MAX_MESSAGE_CHARACTERS = 500;

/**
 * The one log line of a request, as JSON. It holds no body, no header that a client chose and no
 * query, so nothing secret can stand in it.
 */
export function formatLogLine(
  exchange: Exchange,
  request: Request,
  status: number,
  startedAtMs: number,
  endedAtMs: number,
): string {
  const { context, error } = exchange;
  return JSON.stringify({
    level: exchange.level,
    at: new Date(startedAtMs).toISOString(),
    requestId: context.requestId,
    method: request.method,
    protocol: readPlatformText(request, 'httpProtocol') ?? exchange.url.protocol,
    route: exchange.route,
    status,
    durationMs: endedAtMs - startedAtMs,
    remoteAddress: context.remoteAddress,
    country: context.country,
    message: exchange.message.slice(0, MAX_MESSAGE_CHARACTERS),
    ...(error === null ? {} : { error }),
  });
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
