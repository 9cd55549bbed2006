import type { SealedTextStore } from '../inventory/reseal.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

/** A column that holds sealed texts. All fields but the names are SQL expressions. */
interface SealedColumn {
  readonly table:
    | 'inventory'
    | 'access_keys'
    | 'idempotency_keys'
    | 'authorities'
    | 'ocsp_responders'
    | 'external_ca_instances'
    | 'acme_eab_keys'
    | 'acme_accounts'
    | 'policies'
    | 'webhooks';
  readonly column:
    | 'private_key'
    | 'secret'
    | 'answer'
    | 'seal'
    | 'profiles_seal'
    | 'acme_seal'
    | 'mac_key'
    | 'public_key'
    | 'rules'
    | 'secrets';
  /** Identifies the row, as one text: the second expression of the table's index. */
  readonly id: string;
  /** The condition that finds the row by the id in `IN_SWAP`. */
  readonly hasId: string;
  /** The record id that the text is sealed under. */
  readonly recordId: string;
  /** The condition that the row has a sealed text, worded as in the table's index. */
  readonly isSealed: string;
}

/** The id of a text in the statement `swap`. */
const IN_SWAP = "(swapped.value ->> 'id')";

const INVENTORY: SealedColumn = {
  table: 'inventory',
  column: 'private_key',
  id: 'inventory.id',
  hasId: `inventory.id = ${IN_SWAP}`,
  recordId: "inventory.account_id || ':' || inventory.id",
  isSealed: 'inventory.private_key IS NOT NULL',
};
const ACCESS_KEYS: SealedColumn = {
  table: 'access_keys',
  column: 'secret',
  id: 'access_keys.id',
  hasId: `access_keys.id = ${IN_SWAP}`,
  recordId: `'access-key:' || access_keys.id || ':' || access_keys.account_id || ':'
  || access_keys.enabled || ':' || COALESCE(access_keys.expires_at_s, '') || ':'
  || access_keys.scopes || COALESCE(':' || access_keys.policy_id, '')`,
  isSealed: 'access_keys.secret IS NOT NULL',
};
const AUTHORITIES: SealedColumn = {
  table: 'authorities',
  column: 'private_key',
  id: 'authorities.id',
  hasId: `authorities.id = ${IN_SWAP}`,
  recordId: "'authority:' || authorities.id || ':' || authorities.account_id",
  isSealed: 'authorities.private_key IS NOT NULL',
};
const OCSP_RESPONDERS: SealedColumn = {
  table: 'ocsp_responders',
  column: 'private_key',
  id: 'ocsp_responders.authority_id',
  hasId: `ocsp_responders.authority_id = ${IN_SWAP}`,
  recordId: "'ocsp-responder:' || ocsp_responders.authority_id",
  isSealed: 'ocsp_responders.private_key IS NOT NULL',
};
/** Account ids and idempotency keys contain no space, so a space separates the two. */
const ANSWERS: SealedColumn = {
  table: 'idempotency_keys',
  column: 'answer',
  id: "idempotency_keys.account_id || ' ' || idempotency_keys.key",
  hasId: `idempotency_keys.account_id = substr(${IN_SWAP}, 1, instr(${IN_SWAP}, ' ') - 1)
  AND idempotency_keys.key = substr(${IN_SWAP}, instr(${IN_SWAP}, ' ') + 1)`,
  recordId: `'idempotency-key:' || idempotency_keys.account_id || ':'
  || idempotency_keys.body_sha256 || ':' || idempotency_keys.key`,
  isSealed: "idempotency_keys.answer <> ''",
};

const INSTANCES: SealedColumn = {
  table: 'external_ca_instances',
  column: 'seal',
  id: 'external_ca_instances.id',
  hasId: `external_ca_instances.id = ${IN_SWAP}`,
  recordId: `'external-ca-instance:' || external_ca_instances.id || ':'
  || external_ca_instances.account_id || ':' || external_ca_instances.authority_id || ':'
  || external_ca_instances.max_validity_days || ':' || external_ca_instances.max_path_length`,
  isSealed: 'external_ca_instances.seal IS NOT NULL',
};
const PROFILES: SealedColumn = {
  table: 'authorities',
  column: 'profiles_seal',
  id: 'authorities.id',
  hasId: `authorities.id = ${IN_SWAP}`,
  recordId: "'profiles:' || authorities.id || ':' || authorities.profiles",
  isSealed: 'authorities.profiles_seal IS NOT NULL',
};
const ACME_SETTINGS: SealedColumn = {
  table: 'authorities',
  column: 'acme_seal',
  id: 'authorities.id',
  hasId: `authorities.id = ${IN_SWAP}`,
  recordId: "'acme:' || authorities.id || ':' || authorities.acme",
  isSealed: 'authorities.acme_seal IS NOT NULL',
};
const EAB_KEYS: SealedColumn = {
  table: 'acme_eab_keys',
  column: 'mac_key',
  id: 'acme_eab_keys.id',
  hasId: `acme_eab_keys.id = ${IN_SWAP}`,
  recordId: `'eab-key:' || acme_eab_keys.id || ':' || acme_eab_keys.account_id || ':'
  || acme_eab_keys.policy_id || ':' || acme_eab_keys.single_use || ':' || acme_eab_keys.enabled
  || ':' || COALESCE(acme_eab_keys.expires_at_s, '')`,
  isSealed: 'acme_eab_keys.mac_key IS NOT NULL',
};
const ACME_ACCOUNTS: SealedColumn = {
  table: 'acme_accounts',
  column: 'public_key',
  id: 'acme_accounts.id',
  hasId: `acme_accounts.id = ${IN_SWAP}`,
  recordId: `'acme-account:' || acme_accounts.id || ':' || acme_accounts.lineage || ':'
  || acme_accounts.account_id || ':' || COALESCE(acme_accounts.eab_key_id, '') || ':'
  || COALESCE(acme_accounts.policy_id, '') || ':' || acme_accounts.key_thumbprint`,
  isSealed: "acme_accounts.public_key <> ''",
};
const POLICIES: SealedColumn = {
  table: 'policies',
  column: 'rules',
  id: 'policies.id',
  hasId: `policies.id = ${IN_SWAP}`,
  recordId: `'policy:' || policies.id || ':' || policies.account_id || ':' || policies.revision`,
  isSealed: 'policies.rules IS NOT NULL',
};

const WEBHOOKS: SealedColumn = {
  table: 'webhooks',
  column: 'secrets',
  id: 'webhooks.id',
  hasId: `webhooks.id = ${IN_SWAP}`,
  recordId: "'webhook:' || webhooks.id || ':' || webhooks.account_id || ':' || webhooks.url",
  isSealed: 'webhooks.secrets IS NOT NULL',
};

/**
 * The version of the sealing key: the number after the 'v' that sealed texts begin with. It is the
 * first expression of the tables' indexes.
 */
function versionSql(column: string): string {
  return `CAST(substr(${column}, 2, instr(${column}, '.') - 2) AS INTEGER)`;
}

function createSql({ table, column, id, hasId, recordId, isSealed }: SealedColumn) {
  const text = `${table}.${column}`;
  const version = versionSql(text);
  return {
    listBelow:
      sql(`SELECT ${id} AS id, ${recordId} AS record_id, ${version} AS version, ${text} AS sealed
FROM ${table}
WHERE ${isSealed} AND ${version} < :version
  AND (${version}, ${id}) > (:afterVersion, :afterId)
ORDER BY ${version}, ${id} LIMIT :limit`),
    findBelow: sql(`SELECT ${id} AS id, ${version} AS version FROM ${table}
WHERE ${isSealed} AND ${version} < :version
ORDER BY ${version}, ${id} LIMIT 1 OFFSET :offset`),
    swap: sql(`UPDATE ${table} SET ${column} = swapped.value ->> 'to'
FROM json_each(:texts) AS swapped
WHERE ${hasId} AND ${text} = swapped.value ->> 'from'`),
    countBelow: sql(`SELECT COUNT(*) AS texts FROM ${table}
WHERE ${isSealed} AND ${version} < :version`),
  } as const;
}

export const SEALED_PRIVATE_KEY_SQL = createSql(INVENTORY);
export const SEALED_ACCESS_KEY_SQL = createSql(ACCESS_KEYS);
export const SEALED_AUTHORITY_KEY_SQL = createSql(AUTHORITIES);
export const SEALED_RESPONDER_KEY_SQL = createSql(OCSP_RESPONDERS);
export const SEALED_ANSWER_SQL = createSql(ANSWERS);

export const SEALED_INSTANCE_SQL = createSql(INSTANCES);
export const SEALED_PROFILES_SQL = createSql(PROFILES);
export const SEALED_ACME_SETTINGS_SQL = createSql(ACME_SETTINGS);
export const SEALED_EAB_KEY_SQL = createSql(EAB_KEYS);
export const SEALED_ACME_ACCOUNT_SQL = createSql(ACME_ACCOUNTS);
export const SEALED_POLICY_SQL = createSql(POLICIES);
export const SEALED_WEBHOOK_SQL = createSql(WEBHOOKS);

/** The private keys in the inventory. */
export function createSealedPrivateKeyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_PRIVATE_KEY_SQL);
}

/** The secrets of access keys. */
export function createSealedAccessKeyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_ACCESS_KEY_SQL);
}

/** The private keys of authorities. */
export function createSealedAuthorityKeyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_AUTHORITY_KEY_SQL);
}

/** The private keys of OCSP responders. */
export function createSealedResponderKeyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_RESPONDER_KEY_SQL);
}

/** The answers stored under idempotency keys. */
export function createSealedAnswerStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_ANSWER_SQL);
}

/** The seals of external CA instances. */
export function createSealedInstanceStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_INSTANCE_SQL);
}

/** The seals of the profiles of authorities. */
export function createSealedProfilesStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_PROFILES_SQL);
}

/** The MAC keys for external account binding. */
export function createSealedEabKeyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_EAB_KEY_SQL);
}

/** The public keys of ACME accounts. */
export function createSealedAcmeAccountStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_ACME_ACCOUNT_SQL);
}

/** The seals of the ACME settings of authorities. */
export function createSealedAcmeSettingsStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_ACME_SETTINGS_SQL);
}

/** The rules of policies. */
export function createSealedPolicyStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_POLICY_SQL);
}

/** The secrets of webhooks. */
export function createSealedWebhookStore(db: Database): SealedTextStore {
  return createStore(db, SEALED_WEBHOOK_SQL);
}

function createStore(
  db: Database,
  { listBelow, findBelow, swap, countBelow }: ReturnType<typeof createSql>,
): SealedTextStore {
  return {
    async listBelow(version, after, limit) {
      const values = { version, afterVersion: after.version, afterId: after.id, limit };
      const { results } = await readRecord(() => listBelow.prepare(db, values).all<Row>());
      return results.map((row) => ({
        id: readText(row, 'id'),
        recordId: readText(row, 'record_id'),
        version: readInteger(row, 'version'),
        sealed: readText(row, 'sealed'),
      }));
    },

    async findBelow(version, offset) {
      const find = findBelow.prepare(db, { version, offset });
      const row = await readRecord(() => find.first<Row>());
      return row === null
        ? null
        : { id: readText(row, 'id'), version: readInteger(row, 'version') };
    },

    async swap(texts) {
      const update = swap.prepare(db, { texts: JSON.stringify(texts) });
      return (await writeRecord(() => update.run())).meta.changes;
    },

    async countBelow(version) {
      const count = countBelow.prepare(db, { version });
      const row = await readRecord(() => count.first<Row>());
      return row === null ? 0 : readInteger(row, 'texts');
    },
  };
}
