import type { Call } from '../call.ts';

/** GET /healthz: whether each part is usable, and nothing about why not: that is for the log. */
export async function checkHealth(call: Call): Promise<Response> {
  const { secrets, database, authority } = await call.services
    .checkHealth()
    .catch((error: unknown) => {
      call.reportTrouble(error);
      return { secrets: false, database: false, authority: false };
    });
  const healthy = secrets && database && authority;
  call.note(healthy ? 'healthy' : 'not healthy');
  return Response.json({ secrets, database, authority }, { status: healthy ? 200 : 503 });
}
