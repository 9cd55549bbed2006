import type { Log } from './log.ts';

const PERIOD_MS = 60_000;
const MAX_LINES = 5;

/**
 * Logs connections that failed before a request, such as TLS handshakes. Clients cause them without a
 * credential, and could fill the log: in a minute, a few are logged, and how many followed.
 * @returns the function that takes the reason of one
 */
export function logFailedConnections(log: Log): (reason: string) => void {
  let count = 0;
  return (reason) => {
    if (count === 0) setTimeout(endPeriod, PERIOD_MS).unref();
    count++;
    if (count <= MAX_LINES) log.write('info', `A connection failed: ${reason}`);
  };

  function endPeriod(): void {
    const more = count - MAX_LINES;
    count = 0;
    if (more > 0) log.write('warn', 'More connections failed within a minute.', { more });
  }
}
