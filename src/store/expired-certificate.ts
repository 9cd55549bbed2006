import type { ExpiredCertificateStore } from '../issuance/forget-expired.ts';
import { writeRecord } from './d1.ts';

export const EXPIRED_CERTIFICATE_SQL = {
  dropBodies: `UPDATE certificates SET certificate = NULL WHERE rowid IN (
  SELECT old.rowid FROM certificates AS old
  WHERE old.certificate IS NOT NULL AND old.not_after_s < ?1
  ORDER BY old.not_after_s LIMIT ?2)`,
  dropHolders: `DELETE FROM subject_holders WHERE (authority_id, subject) IN (
  SELECT old.authority_id, old.subject FROM subject_holders AS old
  WHERE old.not_after_s < ?1
  ORDER BY old.not_after_s LIMIT ?2)`,
} as const;

export function createExpiredCertificateStore(db: D1Database): ExpiredCertificateStore {
  async function change(sql: string, beforeSeconds: number, limit: number): Promise<number> {
    const statement = db.prepare(sql).bind(beforeSeconds, limit);
    const { meta } = await writeRecord(() => statement.run());
    return meta.changes;
  }

  return {
    dropBodies: (beforeSeconds, limit) =>
      change(EXPIRED_CERTIFICATE_SQL.dropBodies, beforeSeconds, limit),
    dropHolders: (beforeSeconds, limit) =>
      change(EXPIRED_CERTIFICATE_SQL.dropHolders, beforeSeconds, limit),
  };
}
