import { sql } from './sql.ts';

/**
 * The condition that another CA has the name. The key is given as an SQL expression: the name of a CA
 * with this key is free, and with NULL no name is.
 */
export function nameReservedSql<const Name extends string, const Key extends string>(
  name: Name,
  key: Key,
) {
  return `EXISTS (
  SELECT 1 FROM ca_names AS reserved
  WHERE reserved.name = ${name} AND reserved.public_key_id IS NOT ${key})` as const;
}

const ON_CONFLICT = `ON CONFLICT (name, public_key_id)
  DO UPDATE SET lineage = COALESCE(excluded.lineage, ca_names.lineage)` as const;

/** The INSERT of names; `rows` selects them. It writes every row, also one that exists. */
export function reserveNamesSql<const Rows extends string>(rows: Rows) {
  return `INSERT INTO ca_names (name, public_key_id, lineage)
${rows}
${ON_CONFLICT}` as const;
}

export const CA_NAME_SQL = {
  /** Of an authority, if the statement before has written its row. */
  reserve: sql(
    reserveNamesSql(
      "SELECT :subjectKey, COALESCE(:publicKeyIdHex, ''), :lineageId WHERE changes() = 1",
    ),
  ),
} as const;
