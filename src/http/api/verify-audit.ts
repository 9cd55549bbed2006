import type { AuthorizedCall } from '../call.ts';
import type { AuditReportAnswer } from './answers.ts';
import { readNumberParameter } from './read-number.ts';

/** GET /api/v1/audit/verify?after=: recomputes the chain; a long record takes several calls. */
export async function verifyAudit(call: AuthorizedCall): Promise<Response> {
  const report: AuditReportAnswer = await call.services.verifyAuditChain(
    { afterPosition: readNumberParameter(call.url, 'after', 0) },
    call.principal,
  );
  call.note(
    report.ok
      ? `audit record verified through ${report.verifiedThrough}`
      : `audit record is broken at ${report.firstBadPosition}`,
  );
  return Response.json(report);
}
