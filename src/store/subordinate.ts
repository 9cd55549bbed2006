import type { GrantCheck } from '../access/principal.ts';
import type {
  SubordinateCommit,
  SubordinateOutcome,
  SubordinateStore,
} from '../issuance/subordinate-store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { writeGranted } from './grant.ts';
import {
  INSERT_CERTIFICATE_HEAD,
  INSERT_PARAMETERS,
  insertParameters,
  keyBlockedSql,
  ON_TAKEN_SERIAL,
} from './issuance.ts';
import { prepareNonceUse } from './nonce.ts';
import type { Row } from './row.ts';

const NONCE = `?${INSERT_PARAMETERS + 1}`;
const INSTANCE = `?${INSERT_PARAMETERS + 2}`;

function instanceIsFreeSql(id: string): string {
  return `EXISTS (
  SELECT 1 FROM external_ca_instances
  WHERE external_ca_instances.id = ${id} AND external_ca_instances.state = 'BUY')`;
}

/** Two CAs of one key could sign in each other's name. */
function authorityKeySql(publicKeyId: string): string {
  return `EXISTS (SELECT 1 FROM authorities AS taken WHERE taken.public_key_id = ${publicKeyId})`;
}

export const SUBORDINATE_SQL = {
  insertCertificate: `${INSERT_CERTIFICATE_HEAD}
  AND NOT ${authorityKeySql('?4')}
  AND (${NONCE} IS NULL OR changes() = 1)
  AND (${INSTANCE} IS NULL OR ${instanceIsFreeSql(INSTANCE)})
${ON_TAKEN_SERIAL}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  insertIdentifier: `INSERT INTO certificate_identifiers (identifier, authority_id, serial)
SELECT ?1, ?2, ?3 WHERE changes() = 1`,
  /** What is issued without an instance is a leaf, and listed. */
  countLeaf: `INSERT INTO cas_certificate_counts (account_id, total)
SELECT counted.value, 1 FROM json_each(json_array('', ?1)) AS counted WHERE changes() = 1
ON CONFLICT (account_id) DO UPDATE SET total = total + 1`,
  useInstance: `UPDATE external_ca_instances
SET state = 'USED', issuer_id = ?2, serial = ?3, used_at_ms = ?4
WHERE id = ?1 AND changes() = 1`,
  explainRefusal: `SELECT
  ${keyBlockedSql('?1')} AS key_blocked,
  ${authorityKeySql('?1')} AS authority_key,
  ?2 IS NULL OR ${instanceIsFreeSql('?2')} AS instance_free,
  EXISTS (
    SELECT 1 FROM authorities
    WHERE id = ?3 AND state = 'active' AND current = 1 AND certificate_sha256 = ?4
  ) AS authority_signs`,
} as const;

export function createSubordinateStore(db: D1Database): SubordinateStore {
  return {
    async commitSubordinate(commit) {
      const check = {
        grant: commit.grant,
        nowSeconds: Math.floor(commit.certificate.issuedAtMs / 1000),
      };
      const nonce = commit.nonce === null ? [] : [prepareNonceUse(db, commit.nonce)];
      const results = await writeGranted(db, check, [...nonce, ...prepareBatch(db, commit, check)]);
      if (commit.nonce !== null && !wroteOne(results[0])) return 'nonce-used';
      return wroteOne(results[nonce.length])
        ? 'committed'
        : explainRefusal(results.at(-1)?.results[0]);
    },
  };
}

/** Each statement after the first depends on the one before it having written its row; the last only reads. */
function prepareBatch(
  db: D1Database,
  commit: SubordinateCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { certificate, instanceId } = commit;
  const { authorityId, serialHex, publicKeyIdHex, issuedAtMs } = certificate;
  const note =
    instanceId === null
      ? db.prepare(SUBORDINATE_SQL.countLeaf).bind(certificate.accountId)
      : db
          .prepare(SUBORDINATE_SQL.useInstance)
          .bind(instanceId, authorityId, serialHex, issuedAtMs);
  return [
    db
      .prepare(SUBORDINATE_SQL.insertCertificate)
      .bind(...insertParameters(commit, check), commit.nonce?.nonce ?? null, instanceId),
    db.prepare(SUBORDINATE_SQL.insertEvent).bind(...eventParameters(commit.audit)),
    db.prepare(SUBORDINATE_SQL.insertIdentifier).bind(commit.identifier, authorityId, serialHex),
    note,
    // After a commit nobody reads this: what it would say of the instance is true of it by then.
    db
      .prepare(SUBORDINATE_SQL.explainRefusal)
      .bind(publicKeyIdHex, instanceId, authorityId, commit.issuerCertificateSha256Hex),
  ];
}

function explainRefusal(reason: Row | undefined): SubordinateOutcome {
  if (reason?.instance_free !== 1) return 'instance-used';
  if (reason.key_blocked === 1) return 'key-blocked';
  if (reason.authority_key === 1) return 'authority-key';
  return reason.authority_signs === 1 ? 'serial-taken' : 'authority-changed';
}
