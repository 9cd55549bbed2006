import { Hono } from 'hono';

/** As large as a CA certificate in PEM. */
const BODY = 'x'.repeat(680);
const CACHED = 'http://bench.example.com/cached';
/** JSON of the headers with which to store a response. */
const ANSWER_HEADERS = 'X-Answer-Headers';

const app = new Hono();

/** The baseline of downloads: a Hono application that returns a constant. */
app.get('/', (context) => context.body(BODY));

/** A route that only reads the Cache API, to show the cache's share of the cost. */
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

/** Stores Signet's response with its headers instead, so that both sides serve the same bytes. */
app.put('/cached', async (context) => {
  const headers: Record<string, string> = JSON.parse(context.req.header(ANSWER_HEADERS) ?? '{}');
  const answer = new Response(await context.req.arrayBuffer(), { headers });
  await caches.default.put(CACHED, answer);
  return context.body(null, 204);
});

export default app;
