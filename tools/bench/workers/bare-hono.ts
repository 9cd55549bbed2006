import { Hono } from 'hono';

/** As large as a CA certificate in PEM. */
const BODY = 'x'.repeat(680);
const CACHED = 'http://bench.example.com/cached';
/** JSON of the headers that an answer is to be stored with. */
const ANSWER_HEADERS = 'X-Answer-Headers';

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

/** Puts an answer of somebody else's there instead, with its headers: the same bytes on both sides. */
app.put('/cached', async (context) => {
  const headers: Record<string, string> = JSON.parse(context.req.header(ANSWER_HEADERS) ?? '{}');
  const answer = new Response(await context.req.arrayBuffer(), { headers });
  await caches.default.put(CACHED, answer);
  return context.body(null, 204);
});

export default app;
