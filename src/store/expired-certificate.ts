import type { ExpiredCertificateStore } from '../issuance/delete-expired.ts';
import { writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { sql } from './sql.ts';

export const EXPIRED_CERTIFICATE_SQL = {
  deleteBodies: sql(`UPDATE certificates SET certificate = NULL WHERE rowid IN (
  SELECT old.rowid FROM certificates AS old
  WHERE old.certificate IS NOT NULL AND old.not_after_s < :beforeSeconds
  ORDER BY old.not_after_s LIMIT :limit)`),
  deleteHolders: sql(`DELETE FROM subject_holders WHERE (authority_id, subject) IN (
  SELECT old.authority_id, old.subject FROM subject_holders AS old
  WHERE old.not_after_s < :beforeSeconds
  ORDER BY old.not_after_s LIMIT :limit)`),
  deleteCounted: sql(`DELETE FROM policy_certificates WHERE (policy_id, authority_id, serial) IN (
  SELECT old.policy_id, old.authority_id, old.serial FROM policy_certificates AS old
  WHERE old.not_after_s < :beforeSeconds
  ORDER BY old.not_after_s LIMIT :limit)`),
} as const;

export function createExpiredCertificateStore(db: Database): ExpiredCertificateStore {
  async function run(
    statement: (typeof EXPIRED_CERTIFICATE_SQL)[keyof typeof EXPIRED_CERTIFICATE_SQL],
    beforeSeconds: number,
    limit: number,
  ): Promise<number> {
    const prepared = statement.prepare(db, { beforeSeconds, limit });
    return (await writeRecord(() => prepared.run())).meta.changes;
  }

  return {
    deleteBodies: (beforeSeconds, limit) =>
      run(EXPIRED_CERTIFICATE_SQL.deleteBodies, beforeSeconds, limit),
    deleteHolders: (beforeSeconds, limit) =>
      run(EXPIRED_CERTIFICATE_SQL.deleteHolders, beforeSeconds, limit),
    deleteCounted: (beforeSeconds, limit) =>
      run(EXPIRED_CERTIFICATE_SQL.deleteCounted, beforeSeconds, limit),
  };
}
