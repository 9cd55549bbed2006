import type { Call } from '../call.ts';
import type { HealthAnswer } from './answers.ts';

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
  const answer: HealthAnswer = { secrets, database, authority };
  return Response.json(answer, { status: healthy ? 200 : 503 });
}
