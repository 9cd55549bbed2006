import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { ROOT_ACCOUNT_ID } from '../../src/access/principal.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { eventValues, insertEventIfSql } from '../../src/store/audit-event.ts';
import type { BackupMark } from './backup-mark.ts';
import { CRL_NUMBER_JUMP } from './prepare-copy.ts';
import type { Replay } from './replay-revocations.ts';

/**
 * Writes the audit event of a restore, after those of the revocations that were repeated. The next job
 * seals it as it seals any other.
 * @param path of the restored database, which no process has open
 * @param replay null if no audit export was given
 */
export function recordRestore(
  path: string,
  { madeAt, version }: BackupMark,
  replay: Replay | null,
): void {
  const event: AuditEvent = {
    atMs: Date.now(),
    accountId: ROOT_ACCOUNT_ID,
    actor: 'signet-restore',
    action: 'record.restore',
    outcome: 'done',
    authorityId: null,
    target: null,
    detail: {
      backupMadeAt: madeAt,
      ...(version === null ? {} : { backupVersion: version }),
      crlNumbersRaisedBy: CRL_NUMBER_JUMP,
      ...(replay && {
        revocationsRepeated: replay.repeated,
        certificatesUnknown: replay.unknown.length,
      }),
    },
    request: { requestId: randomUUID(), remoteAddress: null, country: null },
  };
  const database = new DatabaseSync(path);
  try {
    database.prepare(insertEventIfSql('true')).run(eventValues(event));
  } finally {
    database.close();
  }
}
