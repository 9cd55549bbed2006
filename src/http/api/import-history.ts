import type { AuthorizedCall } from '../call.ts';
import { decodeJsonObject } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import type { ImportedCountsAnswer } from './answers.ts';
import { decodeHistory } from './decode-history.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** POST /api/v1/authorities/{authority}/history: what a CA did before it came here, or a part of it. */
export async function importHistory(call: AuthorizedCall): Promise<Response> {
  const history = decodeHistory(decodeJsonObject(await readBody(call.request, MAX_BODY_BYTES)));
  const authority = await call.services.openAuthority(call.params.authority ?? '');
  const counts: ImportedCountsAnswer = await call.services.importHistory(
    authority,
    history,
    call.principal,
    call.context,
  );
  call.note(`imported ${counts.certificates} certificates, ${counts.revocations} revocations`);
  return Response.json(counts);
}
