import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { assertPortIsFree, readPort } from '../../scripts/check-port.ts';
import { findFreePort } from '../../scripts/free-port.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function listen(answer: RequestListener): Promise<number> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('assertPortIsFree', () => {
  it('accepts a free port', async () => {
    await assertPortIsFree(await findFreePort());
  });

  it.each([200, 503])(
    'says that Signet is already running if /healthz answers %i',
    async (status) => {
      const port = await listen(({ url }, response) => {
        expect(url).toBe('/healthz');
        response.writeHead(status).end('{"secrets":true,"authority":false}\n');
      });
      await expect(assertPortIsFree(port)).rejects.toThrow(
        `Signet is already running at http://127.0.0.1:${port}.`,
      );
    },
  );

  it.each(['<html>', '{}', 'null'])(
    'calls a server that answers %j another program',
    async (body) => {
      const port = await listen((_, response) => response.end(body));
      await expect(assertPortIsFree(port)).rejects.toThrow(
        new RegExp(
          String.raw`^Port ${port} is in use by another program\.[\s\S]*PORT=8787 npm start`,
        ),
      );
    },
  );
});

describe('readPort', () => {
  it.each(['0', '65536', 'x', '1.5', '-1'])('refuses %j', (text) => {
    expect(() => readPort(text)).toThrow(`PORT is "${text}"`);
  });
});
