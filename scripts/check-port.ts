import { createServer } from 'node:net';
import { UserError } from './user-error.ts';

export const HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;
/** A running Signet on a busy machine. */
const ANSWER_TIMEOUT_MS = 5000;

/** @throws UserError if `text`, the value of PORT, is not a port */
export function readPort(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new UserError(`PORT is "${text}"; it must be a number from 1 to 65535.`);
}

/** @throws UserError that says who has the port, and what to do */
export async function assertPortIsFree(port: number): Promise<void> {
  const problem = await tryPort(port);
  if (problem === null) return;
  const other = port === DEFAULT_PORT ? DEFAULT_PORT + 1 : DEFAULT_PORT;
  if (problem.code !== 'EADDRINUSE') {
    throw new UserError(
      `Port ${port} cannot be used (${problem.message}). Choose another port:\n\n  PORT=${other} npm start\n`,
    );
  }
  const origin = `http://${HOST}:${port}`;
  if (await isSignet(origin)) {
    throw new UserError(
      `Signet is already running at ${origin}. To run a second CA beside it, give it another port and its own state:\n\n  PORT=${other} SIGNET_STATE=$HOME/second-ca npm start\n`,
    );
  }
  throw new UserError(
    `Port ${port} is in use by another program. End that program, or choose another port:\n\n  PORT=${other} npm start\n`,
  );
}

function tryPort(port: number): Promise<NodeJS.ErrnoException | null> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', done);
    server.listen(port, HOST, () => server.close(() => done(null)));
  });
}

/** Whether /healthz answers there as Signet does, healthy or not. */
async function isSignet(origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/healthz`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null && 'secrets' in body && 'authority' in body;
  } catch {
    return false;
  }
}
