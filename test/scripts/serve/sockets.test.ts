import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { holdSockets } from '../../../scripts/serve/sockets.ts';

const host = '127.0.0.1';

describe('holdSockets', () => {
  it('opens a socket for each address and share', async () => {
    const ports = { https: await findFreePort(), http: await findFreePort() };
    const held = await holdSockets(
      { https: { host, port: ports.https }, http: { host, port: ports.http } },
      2,
    );
    expect(held.map(({ name, share }) => `${name} ${share}`)).toEqual([
      'https 0',
      'http 0',
      'https 1',
      'http 1',
    ]);
    expect(new Set(held.map(({ fd }) => fd)).size).toBe(4);
  });

  it.each([1, 2])('refuses a port that another program has, with %i shares', async (shares) => {
    const other: Server = createServer().listen({ host, port: 0, reusePort: true });
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(holdSockets({ http: { host, port } }, shares)).rejects.toThrow(
      /^Cannot listen .*Another program uses it.*HTTP_ADDRESS 127\.0\.0\.1:\d+\.$/s,
    );
    other.close();
  });
});
