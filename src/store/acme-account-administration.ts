import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type {
  AcmeAccountAdministrationStore,
  OwnedAcmeAccount,
} from '../acme/account-administration.ts';
import { ACCOUNT_STATE_COLUMNS, readAccountState } from './acme-account.ts';
import { prepareEvent } from './audit-event.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const COLUMNS = `${ACCOUNT_STATE_COLUMNS}, acme_accounts.lineage, acme_accounts.account_id,
  acme_accounts.eab_key_id, acme_accounts.created_at_ms` as const;

const VISIBLE = visibleSql('acme_accounts.account_id');

const PAGE = 'acme_accounts.id > :afterId ORDER BY acme_accounts.id LIMIT :limit' as const;

export const ACME_ACCOUNT_ADMINISTRATION_SQL = {
  list: sql(`SELECT ${COLUMNS} FROM acme_accounts WHERE ${PAGE}`),
  listOfAccount: sql(`SELECT ${COLUMNS} FROM acme_accounts
WHERE acme_accounts.account_id = :accountId AND ${VISIBLE} AND ${PAGE}`),
  listBound: sql(`SELECT ${COLUMNS} FROM acme_accounts INDEXED BY acme_accounts_bound
WHERE acme_accounts.eab_key_id = :eabKeyId AND ${VISIBLE}
  AND (:accountId IS NULL OR acme_accounts.account_id = :accountId) AND ${PAGE}`),
  find: sql(`SELECT ${COLUMNS} FROM acme_accounts WHERE acme_accounts.id = :id AND ${VISIBLE}`),
  deactivate: sql(`UPDATE acme_accounts SET status = 'deactivated', public_key = ''
WHERE acme_accounts.id = :id AND acme_accounts.status = 'valid' AND ${VISIBLE} AND ${GRANTED}`),
} as const;

const SQL = ACME_ACCOUNT_ADMINISTRATION_SQL;

export function createAcmeAccountAdministrationStore(db: Database): AcmeAccountAdministrationStore {
  return {
    async listOwned({ accountId: ofAccountId, eabKeyId }, { afterId, limit }, access) {
      const askingAccountId = access.accountId;
      const accountId =
        ofAccountId ?? (askingAccountId === ROOT_ACCOUNT_ID ? null : askingAccountId);
      const page = { askingAccountId, afterId: afterId ?? '', limit };
      const list =
        eabKeyId !== null
          ? SQL.listBound.prepare(db, { eabKeyId, accountId, ...page })
          : accountId !== null
            ? SQL.listOfAccount.prepare(db, { accountId, ...page })
            : SQL.list.prepare(db, page);
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readOwned);
    },

    async findOwned(id, access) {
      const find = SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readOwned(row);
    },

    async deactivateOwned(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [, , found] = await writeGranted(db, access, [
        SQL.deactivate.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      const row = found?.results[0];
      return row === undefined ? null : readOwned(row);
    },
  };
}

function readOwned(row: Row): OwnedAcmeAccount {
  return {
    ...readAccountState(row),
    lineageId: readText(row, 'lineage'),
    accountId: readText(row, 'account_id'),
    eabKeyId: readTextOrNull(row, 'eab_key_id'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
