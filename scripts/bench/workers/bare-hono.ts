import { Hono } from 'hono';

/** As large as a CA certificate in PEM. */
const BODY = 'x'.repeat(680);
const CACHED = 'http://bench.example.com/cached';

const app = new Hono();

/** What downloads are measured against: the least that a Hono application can do. */
app.get('/', (context) => context.body(BODY));

/** The least that can be done with the Cache API, to tell its share from ours. */
app.get('/cached', async (context) => {
  const stored = await caches.default.match(CACHED);
  if (stored !== undefined) return new Response(stored.body, stored);
  const headers = {
    'Cache-Control': 'public, s-maxage=600',
    'Content-Length': String(BODY.length),
  };
  const response = new Response(BODY, { headers });
  context.executionCtx.waitUntil(caches.default.put(CACHED, response.clone()));
  return response;
});

export default app;
