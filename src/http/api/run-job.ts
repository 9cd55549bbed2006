import type { AuthorizedCall } from '../call.ts';

/** POST /api/v1/jobs/{name}: runs at once what cron runs otherwise. */
export async function runJob(call: AuthorizedCall): Promise<Response> {
  const name = call.params.name ?? '';
  const report = await call.services.runJob(name, call.runtime);
  call.note(`ran ${name}`);
  return Response.json({ job: name, report });
}
