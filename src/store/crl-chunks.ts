/**
 * An UPDATE for the batch that takes entries out of the lists, or moves them to a newer revision:
 * what was encoded of the revisions that they had is to be encoded anew. It must stand before the
 * statement that changes the rows, where `rows` reads these, and the same batch must raise
 * `authorities.removals`, so that a list that is being built meanwhile is not kept.
 * @param authority SQL of the authority's id: a parameter or a column
 * @param rows a SELECT with the columns `revision` (as it was) and `crl_partition` (or NULL)
 */
export function markChunksStaleSql(authority: string, rows: string): string {
  return `UPDATE crl_chunks SET stale = 1
WHERE stale = 0 AND id IN (
  SELECT chunk.id FROM (${rows}) AS gone
  CROSS JOIN crl_chunks AS chunk ON chunk.authority_id = ${authority}
    AND chunk.crl_partition IN (-1, gone.crl_partition)
    AND chunk.last_revision >= gone.revision AND chunk.first_revision <= gone.revision)`;
}
