import type { AccountState, AccountTerms } from '../acme/account.ts';
import type { AcmeAccountStore, Registration, SealedAcmeAccount } from '../acme/account-store.ts';
import type { AcmeCall } from '../acme/call.ts';
import { ACME_LIMITS, HOUR_SECONDS } from '../acme/limits.ts';
import { CALL_HOLDS, callValues, runCall } from './acme-call.ts';
import { prepareEvent } from './audit-event.ts';
import { readRecord, wroteOne } from './d1.ts';
import type { Database, Result } from './database.ts';
import { EAB_KEY_COLUMNS, readSealedEabKey } from './eab-key.ts';
import { type Row, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

/** What `readAccountState` reads. */
export const ACCOUNT_STATE_COLUMNS =
  'acme_accounts.id, acme_accounts.status, acme_accounts.contacts' as const;

const OF_KEY =
  'acme_accounts.lineage = :lineageId AND acme_accounts.key_thumbprint = :thumbprint' as const;

/** The key that the binding was verified with is the same, and may bind another account. */
const MAY_BIND = `(:eabKeyId IS NULL OR (
  EXISTS (SELECT 1 FROM acme_eab_keys
    WHERE acme_eab_keys.id = :eabKeyId AND acme_eab_keys.mac_key = :sealedMacKey)
  AND (:singleUse = 0
    OR NOT EXISTS (SELECT 1 FROM acme_accounts AS bound WHERE bound.eab_key_id = :eabKeyId))
  AND (SELECT COUNT(*) FROM acme_accounts AS recent
    WHERE recent.eab_key_id = :eabKeyId AND recent.created_at_ms > :recentSinceMs
      AND recent.created_at_ms < :recentUntilMs) < :recentLimit))` as const;

export const ACME_ACCOUNT_SQL = {
  findSealed: sql(`SELECT acme_accounts.lineage, acme_accounts.account_id AS owner_id,
  acme_accounts.eab_key_id, acme_accounts.policy_id AS bound_policy_id,
  acme_accounts.key_thumbprint, acme_accounts.public_key, acme_accounts.status,
  ${EAB_KEY_COLUMNS}, acme_eab_keys.mac_key
FROM acme_accounts LEFT JOIN acme_eab_keys ON acme_eab_keys.id = acme_accounts.eab_key_id
WHERE acme_accounts.id = :id`),
  exists: sql(`SELECT 1 AS found FROM acme_accounts WHERE ${OF_KEY}`),
  findEabKey: sql(`SELECT ${EAB_KEY_COLUMNS}, acme_eab_keys.mac_key FROM acme_eab_keys
WHERE acme_eab_keys.id = :eabKeyId`),
  findByKey: sql(
    `SELECT ${ACCOUNT_STATE_COLUMNS} FROM acme_accounts WHERE ${OF_KEY} AND ${CALL_HOLDS}`,
  ),
  insert: sql(`INSERT INTO acme_accounts (id, lineage, account_id, eab_key_id, policy_id,
  key_thumbprint, public_key, status, contacts, terms_agreed_at_ms, created_at_ms)
SELECT :id, :lineageId, :accountId, :eabKeyId, :policyId, :thumbprint, :sealedKey, 'valid',
  :contacts, :termsAgreedAtMs, :createdAtMs
WHERE ${CALL_HOLDS} AND ${MAY_BIND}
ON CONFLICT (lineage, key_thumbprint) DO NOTHING`),
  explainInsert: sql(`SELECT
  EXISTS (SELECT 1 FROM acme_eab_keys
    WHERE acme_eab_keys.id = :eabKeyId AND acme_eab_keys.mac_key = :sealedMacKey) AS is_same,
  EXISTS (SELECT 1 FROM acme_accounts AS bound WHERE bound.eab_key_id = :eabKeyId) AS is_used`),
  find: sql(
    `SELECT ${ACCOUNT_STATE_COLUMNS} FROM acme_accounts WHERE acme_accounts.id = :id AND ${CALL_HOLDS}`,
  ),
  setContacts: sql(`UPDATE acme_accounts SET contacts = :contacts
WHERE acme_accounts.id = :id AND ${CALL_HOLDS} RETURNING ${ACCOUNT_STATE_COLUMNS}`),
  deactivate: sql(`UPDATE acme_accounts SET status = 'deactivated', public_key = ''
WHERE acme_accounts.id = :id AND ${CALL_HOLDS} RETURNING ${ACCOUNT_STATE_COLUMNS}`),
  changeKey: sql(`UPDATE acme_accounts SET key_thumbprint = :newThumbprint, public_key = :sealedKey
WHERE acme_accounts.id = :id AND ${CALL_HOLDS}
  AND NOT EXISTS (SELECT 1 FROM acme_accounts AS holder
    WHERE holder.lineage = :lineageId AND holder.key_thumbprint = :newThumbprint)`),
  findHolder: sql(`SELECT ${ACCOUNT_STATE_COLUMNS} FROM acme_accounts
WHERE acme_accounts.lineage = :lineageId AND acme_accounts.key_thumbprint = :newThumbprint`),
} as const;

const SQL = ACME_ACCOUNT_SQL;

export function createAcmeAccountStore(db: Database): AcmeAccountStore {
  return {
    async findSealed(id) {
      const find = SQL.findSealed.prepare(db, { id });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readSealedAccount(id, row);
    },

    async findByKey(call) {
      const values = { ...keyValues(call), ...callValues(call) };
      const [found] = await runCall(db, call, [SQL.findByKey.prepare(db, values)]);
      const row = found?.results[0];
      return row === undefined ? null : readAccountState(row);
    },

    async findForBinding(call, eabKeyId) {
      const [account, eabKey] = await readRecord(() =>
        db.batch<Row>([
          SQL.exists.prepare(db, keyValues(call)),
          SQL.findEabKey.prepare(db, { eabKeyId }),
        ]),
      );
      const row = eabKey?.results[0];
      return {
        exists: account?.results.length === 1,
        eabKey: row === undefined ? null : readSealedEabKey(row),
      };
    },

    async register(call, account, audit): Promise<Registration> {
      const { terms, eabKey, createdAtMs } = account;
      const values = {
        ...terms,
        sealedKey: account.sealedKey,
        contacts: JSON.stringify(account.contacts),
        termsAgreedAtMs: account.termsAgreed ? createdAtMs : null,
        createdAtMs,
        sealedMacKey: eabKey?.sealedMacKey ?? null,
        singleUse: eabKey?.terms.singleUse === true ? 1 : 0,
        recentSinceMs: createdAtMs - HOUR_SECONDS * 1000,
        // What a clock that was ahead has recorded does not count.
        recentUntilMs: createdAtMs + HOUR_SECONDS * 1000,
        recentLimit: ACME_LIMITS.accountsPerEabKey,
        ...callValues(call),
      };
      const [inserted, , found, explained] = await runCall(db, call, [
        SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        SQL.findByKey.prepare(db, values),
        SQL.explainInsert.prepare(db, values),
      ]);
      const row = found?.results[0];
      if (row !== undefined) {
        return {
          outcome: wroteOne(inserted) ? 'created' : 'existing',
          account: readAccountState(row),
        };
      }
      const reasons = explained?.results[0];
      if (reasons?.is_same !== 1) return { outcome: 'eab-key-gone' };
      const isUsed = values.singleUse === 1 && reasons.is_used === 1;
      return { outcome: isUsed ? 'eab-key-used' : 'rate-limited' };
    },

    async find(call) {
      const values = { id: call.account.id, ...callValues(call) };
      const [found] = await runCall(db, call, [SQL.find.prepare(db, values)]);
      return readOnlyState(found);
    },

    async setContacts(call, contacts, audit) {
      const values = {
        id: call.account.id,
        contacts: JSON.stringify(contacts),
        ...callValues(call),
      };
      const [changed] = await runCall(db, call, [
        SQL.setContacts.prepare(db, values),
        prepareEvent(db, audit),
      ]);
      return readOnlyState(changed);
    },

    async deactivate(call, audit) {
      const values = { id: call.account.id, ...callValues(call) };
      const [changed] = await runCall(db, call, [
        SQL.deactivate.prepare(db, values),
        prepareEvent(db, audit),
      ]);
      return readOnlyState(changed);
    },

    async changeKey(call, { thumbprint, sealedKey }, audit) {
      const { id, lineageId } = call.account;
      const values = { id, lineageId, newThumbprint: thumbprint, sealedKey, ...callValues(call) };
      const [, , holder] = await runCall(db, call, [
        SQL.changeKey.prepare(db, values),
        prepareEvent(db, audit),
        SQL.findHolder.prepare(db, values),
      ]);
      const account = readOnlyState(holder);
      return { holderId: account.id, account };
    },

    async spend(call) {
      await runCall(db, call, []);
    },
  };
}

function keyValues({ lineageId, signer }: AcmeCall) {
  return { lineageId, thumbprint: signer.thumbprint };
}

function readSealedAccount(id: string, row: Row): SealedAcmeAccount {
  const terms: AccountTerms = {
    id,
    lineageId: readText(row, 'lineage'),
    accountId: readText(row, 'owner_id'),
    eabKeyId: readTextOrNull(row, 'eab_key_id'),
    policyId: readTextOrNull(row, 'bound_policy_id'),
    thumbprint: readText(row, 'key_thumbprint'),
  };
  return {
    terms,
    status: readStatus(row),
    sealedKey: readText(row, 'public_key'),
    eabKey: row.mac_key === null ? null : readSealedEabKey(row),
  };
}

function readOnlyState(result: Result<Row> | undefined): AccountState {
  const row = result?.results[0];
  if (row === undefined) throw new TypeError('the account of a call that holds has no row');
  return readAccountState(row);
}

export function readAccountState(row: Row): AccountState {
  const contacts: unknown = JSON.parse(readText(row, 'contacts'));
  if (!Array.isArray(contacts)) throw new TypeError('column contacts is not a JSON array');
  return { id: readText(row, 'id'), status: readStatus(row), contacts: contacts.map(String) };
}

function readStatus(row: Row): AccountState['status'] {
  return readText(row, 'status') === 'valid' ? 'valid' : 'deactivated';
}
