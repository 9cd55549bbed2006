/** The condition that a public key is blocked. @param publicKeyId the SQL expression of its id */
export function keyBlockedSql<const PublicKeyId extends string>(publicKeyId: PublicKeyId) {
  return `EXISTS (SELECT 1 FROM blocked_keys WHERE public_key_id = ${publicKeyId})` as const;
}

/**
 * The INSERT of blocked keys; a key that is already blocked keeps its row.
 * @param rows a SELECT of public_key_id, authority_id, serial and blocked_at_ms
 */
export function blockKeysSql<const Rows extends string>(rows: Rows) {
  return `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
${rows}
ON CONFLICT (public_key_id) DO NOTHING` as const;
}
