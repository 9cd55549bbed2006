export default {
  async fetch(request: Request, env: { DB: D1Database }, ctx: ExecutionContext): Promise<Response> {
    return Response.json({ h: Object.fromEntries(request.headers), url: request.url, cache: typeof (ctx as any).cache, cf: request.cf?.country });
  },
};
