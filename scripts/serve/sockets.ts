import { once } from 'node:events';
import { isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import { UserError } from '../user-error.ts';
import type { ListenAddress } from './settings.ts';

/** A listening socket that any number of processes can inherit. */
export interface HeldSocket {
  readonly name: string;
  /** File descriptor in this process. */
  readonly fd: number;
}

const BACKLOG = 1024;

/**
 * Listens, and then stops for ever, so that it never accepts: connections wait for the processes that
 * inherit the sockets. Node accepts in every thread that runs.
 */
const HOLDER = `
const { parentPort, workerData } = require('node:worker_threads');
const { createServer } = require('node:net');
const servers = workerData.map((options) => createServer().listen(options));
const failed = (error) => parentPort.postMessage({ code: error.code, message: error.message });
let left = servers.length;
for (const server of servers) {
  server.on('error', failed);
  server.on('listening', () => {
    if (--left > 0) return;
    parentPort.postMessage({ fds: servers.map(({ _handle }) => _handle.fd) });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}`;

/**
 * Opens the public sockets, and holds them until this process ends. A process that answers at them can
 * end and start anew: meanwhile connections wait.
 * @throws UserError that names the address and what to do
 */
export async function holdSockets(
  addresses: Readonly<Record<string, ListenAddress>>,
): Promise<HeldSocket[]> {
  const named = Object.entries(addresses);
  const holder = new Worker(HOLDER, {
    eval: true,
    workerData: named.map(([, address]) => ({ ...address, backlog: BACKLOG })),
  });
  holder.unref();
  const [answer]: unknown[] = await once(holder, 'message');
  const fds: unknown = Reflect.get(Object(answer), 'fds');
  if (Array.isArray(fds)) return named.map(([name], i) => ({ name, fd: Number(fds[i]) }));
  throw new UserError(describeProblem(Reflect.get(Object(answer), 'code'), answer, named));
}

function describeProblem(
  code: unknown,
  answer: unknown,
  named: readonly (readonly [string, ListenAddress])[],
): string {
  const where = named.map(([name, { host, port }]) => {
    const setting = `${name.toUpperCase()}_ADDRESS`;
    return `${setting} ${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  });
  const message = String(Reflect.get(Object(answer), 'message'));
  const reason: Readonly<Record<string, string>> = {
    EADDRINUSE: 'Another program uses it. End that program, or set another port.',
    EACCES:
      'Ports below 1024 need a privilege. Set another port, or give the capability CAP_NET_BIND_SERVICE, as the systemd unit does.',
    ENOTFOUND: 'This name has no address. Set an IP address.',
    EADDRNOTAVAIL: 'This machine does not have this address. Set another one.',
  };
  return `Cannot listen (${message}). ${reason[String(code)] ?? ''}\nThe addresses: ${where.join(', ')}.`;
}
