import type { AuthorizedCall } from '../call.ts';
import type { JobReportAnswer } from './answers.ts';

/** POST /api/v1/jobs/{name}: runs at once what cron runs otherwise. */
export async function runJob(call: AuthorizedCall): Promise<Response> {
  const name = call.params.name ?? '';
  const report = await call.services.runJob(name, call.principal);
  call.note(`ran ${name}`);
  const answer: JobReportAnswer = { job: name, report };
  return Response.json(answer);
}
