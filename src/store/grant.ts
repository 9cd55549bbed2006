import { type GrantState, requireGranted } from '../access/grant.ts';
import type { Grant, GrantCheck } from '../access/principal.ts';
import { wholeService } from '../access/scopes.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Row } from './row.ts';

/** How many parameters `grantedSql` takes. */
export const GRANT_PARAMETERS = 4;

/** An access key in row `access_keys` covers a scope; the arguments are parameters. */
function coveredSql(scope: string, service: string): string {
  return `EXISTS (
  SELECT 1 FROM json_each(access_keys.scopes) AS held WHERE held.value IN ('*', ${scope}, ${service}))`;
}

/**
 * The condition that the first statement of a write carries: true without a grant, and where the
 * access key is there, enabled, not expired and covers the scope. Its parameters, those of
 * `grantParameters`, are numbered from `first` on.
 */
export function grantedSql(first: number): string {
  return `(?${first} IS NULL OR EXISTS (
  SELECT 1 FROM access_keys
  WHERE access_keys.id = ?${first} AND access_keys.enabled = 1
    AND (access_keys.expires_at_s IS NULL OR access_keys.expires_at_s > ?${first + 1})
    AND ${coveredSql(`?${first + 2}`, `?${first + 3}`)}))`;
}

export function grantParameters({ grant, nowSeconds }: GrantCheck): (string | number | null)[] {
  const scope = grant?.scope ?? null;
  return [
    grant?.accessKeyId ?? null,
    nowSeconds,
    scope,
    scope === null ? null : wholeService(scope),
  ];
}

export const GRANT_SQL = {
  readState: `SELECT access_keys.enabled,
  COALESCE(access_keys.expires_at_s <= ?2, 0) AS expired, ${coveredSql('?3', '?4')} AS covered
FROM access_keys WHERE access_keys.id = ?1`,
  /** Fails, and the whole batch with it: for a batch whose statements cannot each carry the condition. */
  require: `SELECT CASE WHEN ${grantedSql(1)} THEN 1 ELSE json('not granted') END AS granted`,
} as const;

/**
 * Reads in one round trip, together with the state of the access key: what was read is answered
 * only where the key may read it.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export function readGranted(
  db: D1Database,
  check: GrantCheck,
  statements: readonly D1PreparedStatement[],
): Promise<D1Result<Row>[]> {
  return readRecord(() => runGranted(db, check, statements)).then(checkState(check));
}

/**
 * Writes in one batch. Its first statement must carry `grantedSql` and all others depend on it; the
 * state, read in the same batch, only tells why nothing was written.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export function writeGranted(
  db: D1Database,
  check: GrantCheck,
  statements: readonly D1PreparedStatement[],
): Promise<D1Result<Row>[]> {
  return writeRecord(() => runGranted(db, check, statements)).then(checkState(check));
}

/**
 * Writes in one batch that begins with a statement which fails where the grant does not hold: for
 * statements that cannot each carry the condition.
 * @throws SignetError record-unavailable, and what `requireGranted` throws
 */
export async function writeGuarded(
  db: D1Database,
  check: GrantCheck,
  statements: readonly D1PreparedStatement[],
): Promise<D1Result<Row>[]> {
  if (check.grant === null) return writeRecord(() => db.batch<Row>([...statements]));
  const require = db.prepare(GRANT_SQL.require).bind(...grantParameters(check));
  try {
    const [, ...results] = await writeRecord(() => db.batch<Row>([require, ...statements]));
    return results;
  } catch (error) {
    await checkGrant(db, check);
    throw error;
  }
}

/** Asks for nothing but the state. @throws SignetError record-unavailable, and what `requireGranted` throws */
export async function checkGrant(db: D1Database, check: GrantCheck): Promise<void> {
  if (check.grant !== null) await readGranted(db, check, []);
}

interface Outcome {
  readonly state: D1Result<Row> | undefined;
  readonly results: D1Result<Row>[];
}

async function runGranted(
  db: D1Database,
  check: GrantCheck,
  statements: readonly D1PreparedStatement[],
): Promise<Outcome> {
  if (check.grant === null) {
    return { state: undefined, results: await db.batch<Row>([...statements]) };
  }
  // First, so that an access key which changes itself is judged by what it was.
  const readState = db.prepare(GRANT_SQL.readState).bind(...grantParameters(check));
  const [state, ...results] = await db.batch<Row>([readState, ...statements]);
  return { state, results };
}

function checkState({ grant }: GrantCheck): (outcome: Outcome) => D1Result<Row>[] {
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
}
