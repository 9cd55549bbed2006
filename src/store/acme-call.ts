import { type AcmeCall, markSpent, NONCE_OWNER as OWNER } from '../acme/call.ts';
import { badNonce } from '../acme/nonces.ts';
import { accountDeactivated, accountKeyChanged, bindingEnded } from '../acme/open-account.ts';
import { writeRecord } from './d1.ts';
import type { Database, PreparedStatement, Result } from './database.ts';
import type { Row } from './row.ts';
import { sql } from './sql.ts';

const SPENT_BY_THIS = `EXISTS (
  SELECT 1 FROM nonces
  WHERE nonces.access_key_id = '${OWNER}' AND nonces.nonce = :callNonce
    AND nonces.request_id = :callRequestId)` as const;

/**
 * The condition that a row of `acme_accounts` has no key for external account binding, or one that is
 * enabled and has not expired. The argument is the SQL expression of the time.
 */
export function bindingHoldsSql<const Now extends string>(now: Now) {
  return `(acme_accounts.eab_key_id IS NULL OR EXISTS (
    SELECT 1 FROM acme_eab_keys AS binding
    WHERE binding.id = acme_accounts.eab_key_id AND binding.enabled = 1
      AND (binding.expires_at_s IS NULL OR binding.expires_at_s > ${now})))` as const;
}

const BINDING_HOLDS = bindingHoldsSql(':callNowSeconds');

/**
 * The condition that each statement of an operation carries, unless it depends on one before it: this
 * request has spent its nonce, its account is valid with the key that signed it, and the key that the
 * account was bound with is enabled and has not expired. `callValues` binds its parameters. It comes
 * after `ACME_CALL_SQL.spend` in the same batch.
 */
export const CALL_HOLDS = `(${SPENT_BY_THIS}
  AND (:callAccountId IS NULL OR EXISTS (
    SELECT 1 FROM acme_accounts
    WHERE acme_accounts.id = :callAccountId AND acme_accounts.status = 'valid'
      AND acme_accounts.key_thumbprint = :callThumbprint AND ${BINDING_HOLDS})))` as const;

/** The values of the parameters of `CALL_HOLDS` and of `ACME_CALL_SQL`. */
export function callValues({ account, signer, nonce, nowSeconds, request }: AcmeCall) {
  return {
    callAccountId: account?.id ?? null,
    callThumbprint: signer.thumbprint,
    callNonce: nonce,
    callRequestId: request.requestId,
    callNowSeconds: nowSeconds,
  };
}

export const ACME_CALL_SQL = {
  /** Spends the nonce, also if the operation is refused afterwards. */
  spend: sql(`INSERT INTO nonces (access_key_id, nonce, request_id, used_at_s)
VALUES ('${OWNER}', :callNonce, :callRequestId, :callNowSeconds)
ON CONFLICT (access_key_id, nonce) DO NOTHING`),
  readState: sql(`SELECT ${SPENT_BY_THIS} AS spent,
  (SELECT acme_accounts.status FROM acme_accounts WHERE acme_accounts.id = :callAccountId) AS status,
  EXISTS (SELECT 1 FROM acme_accounts WHERE acme_accounts.id = :callAccountId
    AND acme_accounts.key_thumbprint = :callThumbprint) AS has_key,
  EXISTS (SELECT 1 FROM acme_accounts
    WHERE acme_accounts.id = :callAccountId AND ${BINDING_HOLDS}) AS is_bound`),
} as const;

/** Spends the nonce and reads the state of the account before the operation: the start of its batch. */
export function prepareCall(db: Database, call: AcmeCall): PreparedStatement[] {
  const values = callValues(call);
  return [ACME_CALL_SQL.spend.prepare(db, values), ACME_CALL_SQL.readState.prepare(db, values)];
}

/**
 * Judges the results of `prepareCall`. Call it as soon as the batch has ended.
 * @throws AcmeError bad-nonce, account-unauthorized
 */
export function requireHeld(call: AcmeCall, state: Row | undefined): void {
  if (state?.spent !== 1) throw badNonce();
  markSpent(call);
  if (call.account === null) return;
  if (state.status !== 'valid') throw accountDeactivated();
  if (state.has_key !== 1) throw accountKeyChanged();
  if (state.is_bound !== 1) throw bindingEnded();
}

/**
 * Runs the statements of an operation in one batch that spends the nonce. Each statement must carry
 * `CALL_HOLDS` or depend on one that does. The rows are returned only if the call holds.
 * @throws AcmeError bad-nonce, account-unauthorized; SignetError record-unavailable
 */
export async function runCall(
  db: Database,
  call: AcmeCall,
  statements: readonly PreparedStatement[],
): Promise<Result<Row>[]> {
  const [, state, ...results] = await writeRecord(() =>
    db.batch<Row>([...prepareCall(db, call), ...statements]),
  );
  requireHeld(call, state?.results[0]);
  return results;
}
