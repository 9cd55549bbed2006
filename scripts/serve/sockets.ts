import { once } from 'node:events';
import { isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import { UserError } from '../user-error.ts';
import type { ListenAddress } from './settings.ts';

/** A listening socket that processes can inherit, one after the other. */
export interface HeldSocket {
  readonly name: string;
  /** Which of the shares of its address this is, from 0. */
  readonly share: number;
  /** File descriptor in this process. */
  readonly fd: number;
}

const BACKLOG = 1024;

/**
 * Listens, and then stops for ever, so that it never accepts: connections wait for the processes that
 * inherit the sockets. Node accepts in every thread that runs. The sockets of one address share its port
 * (SO_REUSEPORT), which another Signet of the same user could do too: therefore each port is tried alone
 * first.
 */
const HOLDER = `
const { parentPort, workerData } = require('node:worker_threads');
const { createServer } = require('node:net');
const listen = (options) => new Promise((resolve, reject) => {
  const server = createServer().listen(options);
  server.on('error', reject);
  server.on('listening', () => resolve(server));
});
(async () => {
  const { addresses, shares } = workerData;
  for (const options of shares > 1 ? addresses : []) {
    const alone = await listen(options);
    await new Promise((resolve) => alone.close(resolve));
  }
  const fds = [];
  for (let share = 0; share < shares; share++) {
    for (const options of addresses) {
      const server = await listen({ ...options, reusePort: shares > 1 });
      fds.push(server._handle.fd);
    }
  }
  parentPort.postMessage({ fds });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
})().catch(({ code, message }) => parentPort.postMessage({ code, message }));`;

/**
 * Opens the public sockets, and holds them until this process ends. A process that answers at them can
 * end and start anew: meanwhile connections wait.
 * @param shares how many processes answer at each address: the system divides connections evenly
 * @throws UserError that names the address and what to do
 */
export async function holdSockets(
  addresses: Readonly<Record<string, ListenAddress>>,
  shares: number,
): Promise<HeldSocket[]> {
  const named = Object.entries(addresses);
  const holder = new Worker(HOLDER, {
    eval: true,
    workerData: {
      addresses: named.map(([, address]) => ({ ...address, backlog: BACKLOG })),
      shares,
    },
  });
  holder.unref();
  const [answer]: unknown[] = await once(holder, 'message');
  const fds: unknown = Reflect.get(Object(answer), 'fds');
  if (Array.isArray(fds)) {
    return fds.map((fd, i) => ({
      name: named[i % named.length]?.[0] ?? '',
      share: Math.floor(i / named.length),
      fd: Number(fd),
    }));
  }
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
