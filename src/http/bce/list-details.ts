import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { describeInDetail } from './certificate-fields.ts';
import { readManner } from './manner.ts';

/** GET /v1/certificate/detail */
export async function listDetails(call: AuthorizedCall): Promise<Response> {
  const entries = await call.services.inventory.list(call.principal, {});
  const nowMs = call.services.clock();
  return answerJson(readManner(call), {
    certs: entries.map((entry) => describeInDetail(entry, nowMs)),
  });
}
