import { ROOT_ACCOUNT_ID } from '../access/principal.ts';

/**
 * The condition that the asking account may see, and change, a row of the account `owner`: the root
 * account may for all rows, any other account for its own.
 * @param owner the SQL expression of the account that owns the row
 */
export function visibleSql<const Owner extends string>(owner: Owner) {
  return `(:askingAccountId = '${ROOT_ACCOUNT_ID}' OR ${owner} = :askingAccountId)` as const;
}
