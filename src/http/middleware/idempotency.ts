import type { Answer } from '../../access/idempotency.ts';
import type { AuthorizedCall } from '../call.ts';
import { MAX_BODY_BYTES, readBody } from './read-body.ts';

type Handle = (call: AuthorizedCall) => Promise<Response>;

/** Knows what it was made of, for the description of the API. */
export type IdempotentHandle = Handle & { readonly idempotentFor: Handle };

const HEADER = 'Idempotency-Key';
const KEPT_HEADERS = ['Content-Type', 'Location'];

/**
 * Lets a creation be sent again without being done again: where the request has an Idempotency-Key,
 * the answer is kept for 24 hours and answered again.
 * @param maxBodyBytes what the handler itself takes at most
 */
export function idempotent(handle: Handle, maxBodyBytes = MAX_BODY_BYTES): IdempotentHandle {
  const handleOnce: Handle = async (call) => {
    const key = call.request.headers.get(HEADER);
    if (key === null) return handle(call);
    const body = await readBody(call.request, maxBodyBytes);
    const { method, headers } = call.request;
    const { answer, replayed, trouble } = await call.services.idempotency.run(
      call.principal,
      key,
      { method, path: `${call.url.pathname}${call.url.search}`, body },
      async () => {
        const request = new Request(call.url, { method, headers, body });
        return keepAnswer(await handle({ ...call, request }));
      },
    );
    if (replayed) call.note('answered again what was done before');
    if (trouble !== null) call.reportTrouble(trouble);
    const response = new Response(answer.body, {
      status: answer.status,
      headers: answer.headers.map(([name, value]) => [name, value]),
    });
    if (replayed) response.headers.set('Idempotency-Replayed', 'true');
    return response;
  };
  return Object.assign(handleOnce, { idempotentFor: handle });
}

async function keepAnswer(response: Response): Promise<Answer> {
  const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const body = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers, body };
}
