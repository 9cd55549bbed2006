import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

export interface Listener {
  readonly port: number;
  /** Ends the open connections too. */
  stop(): Promise<void>;
}

/** Listens on a free port of loopback. */
export async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
