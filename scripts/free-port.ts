import { createServer } from 'node:net';

/** Returns a port of 127.0.0.1 that is free now; another program can take it before the caller does. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  if (address === null || typeof address === 'string') throw new Error('The socket has no port');
  return address.port;
}
