import type { Bounds } from '../policy/bounds.ts';
import type { BoundsStore } from '../policy/store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { readRecord } from './d1.ts';
import type { Database } from './database.ts';
import { POLICY_COLUMNS, readSealedPolicy } from './policy.ts';
import { type Row, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

/**
 * The condition that the caller, its account and the authority still refer to the policies that were
 * judged, in the judged revisions. True for what no policy bounds (`:isBounded` is 0).
 */
export const BOUNDS_HOLD = `(:isBounded = 0 OR (
  (:grantKeyId IS NULL OR EXISTS (
    SELECT 1 FROM access_keys AS calling
    WHERE calling.id = :grantKeyId AND calling.policy_id IS :callerPolicyId))
  AND (SELECT bounded.policy_id FROM accounts AS bounded WHERE bounded.id = :boundAccountId)
    IS :accountPolicyId
  AND (SELECT first.policy_id FROM authorities AS first WHERE first.id = :boundLineageId)
    IS :authorityPolicyId
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:policyRevisions) AS judged
    WHERE NOT EXISTS (
      SELECT 1 FROM policies
      WHERE policies.id = judged.key AND policies.revision = judged.value))))` as const;

/** The certificate is revoked for good. One on hold can become valid again. */
const ENDED = `EXISTS (
  SELECT 1 FROM revocations
  WHERE revocations.authority_id = policy_certificates.authority_id
    AND revocations.serial = policy_certificates.serial
    AND revocations.reason <> ${REVOCATION_REASONS.certificateHold})` as const;

/** The condition that a policy permits no further certificate. */
export const POLICY_FULL = `EXISTS (
  SELECT 1 FROM json_each(:policyLimits) AS limited
  WHERE limited.value <= (
    SELECT COUNT(*) FROM policy_certificates
    WHERE policy_certificates.policy_id = limited.key
      AND policy_certificates.not_after_s >= :grantNowSeconds AND NOT ${ENDED}))` as const;

export const POLICY_BOUNDS_SQL = {
  readReferences: sql(`SELECT
  (SELECT policy_id FROM accounts WHERE id = :accountId) AS account_policy_id,
  (SELECT policy_id FROM authorities WHERE id = :lineageId) AS authority_policy_id`),
  readPolicies: sql(`SELECT ${POLICY_COLUMNS} FROM policies
WHERE policies.id IN (:callerPolicyId,
  (SELECT policy_id FROM accounts WHERE id = :accountId),
  (SELECT policy_id FROM authorities WHERE id = :lineageId))`),
  /** Before certificates are counted, so that a limit bounds the rows that are read. */
  deleteEnded: sql(`DELETE FROM policy_certificates
WHERE policy_certificates.policy_id IN (SELECT value FROM json_each(:policyIds))
  AND (policy_certificates.not_after_s < :nowSeconds OR ${ENDED})`),
} as const;

export function createBoundsStore(db: Database): BoundsStore {
  return {
    async readBounds(of) {
      const [references, policies] = await readRecord(() =>
        db.batch<Row>([
          POLICY_BOUNDS_SQL.readReferences.prepare(db, of),
          POLICY_BOUNDS_SQL.readPolicies.prepare(db, of),
        ]),
      );
      const row = references?.results[0] ?? {};
      return {
        accountPolicyId: readTextOrNull(row, 'account_policy_id'),
        authorityPolicyId: readTextOrNull(row, 'authority_policy_id'),
        policies: (policies?.results ?? []).map(readSealedPolicy),
      };
    },
  };
}

/**
 * The values of the parameters of `BOUNDS_HOLD` and `POLICY_FULL`, but for those of the grant.
 * @param bounds null for what no policy bounds
 */
export function boundsValues(bounds: Bounds | null, accountId: string) {
  const policies = bounds?.policies ?? [];
  return {
    isBounded: bounds === null ? 0 : 1,
    boundAccountId: accountId,
    boundLineageId: bounds?.lineageId ?? null,
    callerPolicyId: bounds?.callerPolicyId ?? null,
    accountPolicyId: bounds?.accountPolicyId ?? null,
    authorityPolicyId: bounds?.authorityPolicyId ?? null,
    policyRevisions: JSON.stringify(
      Object.fromEntries(policies.map(({ id, revision }) => [id, revision])),
    ),
    policyLimits: JSON.stringify(Object.fromEntries(listLimits(bounds))),
  };
}

/** The limits of policies by id. */
export function listLimits(bounds: Bounds | null): (readonly [string, number])[] {
  return (bounds?.policies ?? []).flatMap(({ id, rules }) =>
    rules.maxValidCertificates === null ? [] : [[id, rules.maxValidCertificates] as const],
  );
}
