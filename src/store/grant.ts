import { type GrantState, markChecked, requireGranted } from '../access/grant.ts';
import type { Grant, GrantCheck } from '../access/principal.ts';
import { wholeService } from '../access/scopes.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database, PreparedStatement, Result } from './database.ts';
import type { Row } from './row.ts';
import { sql } from './sql.ts';

/** The row `access_keys` covers a scope; the arguments are SQL expressions. */
function coversSql<const Scope extends string, const Service extends string>(
  scope: Scope,
  service: Service,
) {
  return `EXISTS (
  SELECT 1 FROM json_each(access_keys.scopes) AS held WHERE held.value IN ('*', ${scope}, ${service}))` as const;
}

/**
 * The condition that the first statement of a write carries: there is no grant, or its access key
 * exists, is enabled, has not expired and covers the scope. `grantValues` binds its parameters.
 */
export const GRANTED = `(:grantKeyId IS NULL OR EXISTS (
  SELECT 1 FROM access_keys
  WHERE access_keys.id = :grantKeyId AND access_keys.enabled = 1
    AND (access_keys.expires_at_s IS NULL OR access_keys.expires_at_s > :grantNowSeconds)
    AND ${coversSql(':grantScope', ':grantService')}))` as const;

/** The values of the parameters of `GRANTED`. */
export function grantValues({ grant, nowSeconds }: GrantCheck) {
  return {
    grantKeyId: grant?.accessKeyId ?? null,
    grantNowSeconds: nowSeconds,
    grantScope: grant?.scope ?? null,
    grantService: grant === null ? null : wholeService(grant.scope),
  };
}

export const GRANT_SQL = {
  readState: sql(`SELECT access_keys.enabled,
  COALESCE(access_keys.expires_at_s <= :grantNowSeconds, 0) AS expired,
  ${coversSql(':grantScope', ':grantService')} AS covered
FROM access_keys WHERE access_keys.id = :grantKeyId`),
  /** Fails, and the whole batch with it, for a batch whose statements cannot each carry the condition. */
  require: sql(`SELECT CASE WHEN ${GRANTED} THEN 1 ELSE json('not granted') END AS granted`),
} as const;

/**
 * Reads in one round trip, together with the state of the access key. The rows are returned only if
 * the grant holds.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export function readGranted(
  db: Database,
  check: GrantCheck,
  statements: readonly PreparedStatement[],
): Promise<Result<Row>[]> {
  return readRecord(() => runGranted(db, check, statements)).then(checkState(check));
}

/**
 * Writes in one batch. The first statement must carry `GRANTED`, and all others must depend on it.
 * The state of the access key, read in the same batch, only tells why nothing was written.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export function writeGranted(
  db: Database,
  check: GrantCheck,
  statements: readonly PreparedStatement[],
): Promise<Result<Row>[]> {
  return writeRecord(() => runGranted(db, check, statements)).then(checkState(check));
}

/**
 * Writes in one batch that begins with a statement that fails if the grant does not hold, for
 * statements that cannot each carry `GRANTED`.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export async function writeGuarded(
  db: Database,
  check: GrantCheck,
  statements: readonly PreparedStatement[],
): Promise<Result<Row>[]> {
  if (check.grant === null) return writeRecord(() => db.batch<Row>([...statements]));
  const require = GRANT_SQL.require.prepare(db, grantValues(check));
  try {
    const [, ...results] = await writeRecord(() => db.batch<Row>([require, ...statements]));
    markChecked(check.grant);
    return results;
  } catch (error) {
    await checkGrant(db, check);
    throw error;
  }
}

/** Checks the grant alone. @throws SignetError record-unavailable, and what `requireGranted` throws */
export async function checkGrant(db: Database, check: GrantCheck): Promise<void> {
  if (check.grant !== null) await readGranted(db, check, []);
}

interface Outcome {
  readonly state: Result<Row> | undefined;
  readonly results: Result<Row>[];
}

async function runGranted(
  db: Database,
  check: GrantCheck,
  statements: readonly PreparedStatement[],
): Promise<Outcome> {
  if (check.grant === null) {
    return { state: undefined, results: await db.batch<Row>([...statements]) };
  }
  // Read first, so that an access key that changes itself is judged by its state before.
  const readState = GRANT_SQL.readState.prepare(db, grantValues(check));
  const [state, ...results] = await db.batch<Row>([readState, ...statements]);
  return { state, results };
}

function checkState({ grant }: GrantCheck): (outcome: Outcome) => Result<Row>[] {
  return ({ state, results }) => {
    if (grant !== null) refuseUngranted(grant, state?.results[0]);
    return results;
  };
}

function refuseUngranted(grant: Grant, row: Row | undefined): void {
  const state: GrantState =
    row === undefined
      ? null
      : { enabled: row.enabled === 1, expired: row.expired !== 0, covered: row.covered === 1 };
  requireGranted(grant, state);
  markChecked(grant);
}
