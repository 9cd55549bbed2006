import type { Answer } from '../../access/idempotency.ts';
import { type AuthorizedContext, note, reportTrouble } from '../context.ts';
import { readRequestBody } from './read-body.ts';

type Handle = (c: AuthorizedContext) => Promise<Response>;

const HEADER = 'Idempotency-Key';
const KEPT_HEADERS = ['Content-Type', 'Location'];

/**
 * Makes a repeated creation safe: for a request with an Idempotency-Key, the answer is kept for 24
 * hours and sent again to the same request. Wraps the handler instead of running as a middleware,
 * because an error must be seen here before Hono turns it into an answer: errors are not kept.
 */
export function answerOnce(handle: Handle): Handle {
  return async (c) => {
    const key = c.req.raw.headers.get(HEADER);
    if (key === null) return handle(c);
    const body = await readRequestBody(c);
    const url = c.get('url');
    const { method, headers } = c.req.raw;
    const { answer, replayed, trouble } = await c
      .get('services')
      .idempotency.run(
        c.get('principal'),
        key,
        { method, path: `${url.pathname}${url.search}`, body },
        async () => {
          c.req.raw = new Request(url, { method, headers, body });
          return keepAnswer(await handle(c));
        },
      );
    if (replayed) note(c, 'sent the kept answer again');
    if (trouble !== null) reportTrouble(c, trouble);
    const response = new Response(answer.body, {
      status: answer.status,
      headers: answer.headers.map(([name, value]) => [name, value]),
    });
    if (replayed) response.headers.set('Idempotency-Replayed', 'true');
    return response;
  };
}

async function keepAnswer(response: Response): Promise<Answer> {
  const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers, body };
}
