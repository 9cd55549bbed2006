import type { HttpContext } from '../context.ts';
import { type Publication, servePublication } from './publication.ts';
import type { EdgeRequest } from './resource.ts';

/** Answers a download from the edge cache, or builds it. */
export function serveDownload(c: HttpContext, publication: Publication): Promise<Response> {
  return servePublication(c.get('services'), edgeRequestOf(c), publication);
}

export function edgeRequestOf(c: HttpContext): EdgeRequest {
  return {
    request: c.req.raw,
    url: c.get('url'),
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
    noteHit() {
      c.get('logEntry').isFromEdge = true;
    },
  };
}
