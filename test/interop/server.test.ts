import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from './server.ts';

describe('startServer', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it('answers HTTP requests on 127.0.0.1', async () => {
    const response = await fetch(`${server.url}/healthz`);
    await response.text();
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    expect(response.status).toBe(200);
  });

  it('has the migrations applied', async () => {
    const rows = await server.query(
      'SELECT count(*) AS tables FROM sqlite_schema WHERE name = ?',
      'revocation_lists',
    );
    expect(rows).toEqual([{ tables: 1 }]);
  });
});
