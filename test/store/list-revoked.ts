/** Reads the entries that an authority's complete CRL must list, and the revision. */
export async function listRevoked(db: D1Database, authorityId: string) {
  const { results } = await db
    .prepare(
      `SELECT serial AS serialHex, revoked_at_s AS revokedAtSeconds, reason,
  invalidity_date_s AS invalidityDateSeconds
FROM revocations WHERE authority_id = ?1 AND retired_in_crl IS NULL ORDER BY serial`,
    )
    .bind(authorityId)
    .all();
  return { revision: await findRevision(db, authorityId), entries: results };
}

export function findRevision(db: D1Database, authorityId: string): Promise<number | null> {
  return db
    .prepare('SELECT revocation_revision FROM authorities WHERE id = ?1')
    .bind(authorityId)
    .first<number>('revocation_revision');
}
