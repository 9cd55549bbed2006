import type { CreateOperation, Operation, World } from './operation.ts';
import { createAcme } from './operations/acme.ts';
import { createDownloadCa } from './operations/download-ca.ts';
import { createDownloadDelta } from './operations/download-delta.ts';
import { createDownloadList } from './operations/download-list.ts';
import { createGetCertificate } from './operations/get-certificate.ts';
import { createHold } from './operations/hold.ts';
import { createInventory } from './operations/inventory.ts';
import { createIssue } from './operations/issue.ts';
import { createIssueByDialect } from './operations/issue-by-dialect.ts';
import { createOcsp } from './operations/ocsp.ts';
import { createRevoke } from './operations/revoke.ts';
import { createRevokeByDialect } from './operations/revoke-by-dialect.ts';
import { createRunJob } from './operations/run-job.ts';

/** The mix. Checks run in this order, so that outcomes of revocations are known before CRLs are checked. */
const OPERATIONS: readonly CreateOperation[] = [
  createIssue,
  createIssueByDialect,
  createAcme,
  createHold,
  createRevoke,
  createRevokeByDialect,
  createGetCertificate,
  createDownloadList,
  createDownloadDelta,
  createDownloadCa,
  createInventory,
  createOcsp,
  createRunJob,
];

export function createOperations(world: World): Operation[] {
  return OPERATIONS.map((create) => create(world));
}
