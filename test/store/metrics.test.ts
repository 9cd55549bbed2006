import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW_SECONDS, openDatabaseWithAuthority } from './database.ts';

/** What the triggers keep, counted anew. */
const COUNTED = `SELECT certificates.authority_id, profile, certificates.not_after_s / 86400 AS expiry_day,
  COUNT(*) AS issued,
  SUM(revocations.reason IS NOT NULL AND revocations.reason <> 6) AS revoked,
  SUM(revocations.reason IS 6) AS held
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
const KEPT = `SELECT authority_id, profile, expiry_day, issued, revoked, held
FROM certificate_counts WHERE issued > 0 ORDER BY 1, 2, 3`;
const REASONS_COUNTED =
  'SELECT authority_id, reason, COUNT(*) AS total FROM revocations GROUP BY 1, 2 ORDER BY 1, 2';
const REASONS_KEPT = `SELECT authority_id, reason, total FROM revocation_counts
WHERE total > 0 ORDER BY 1, 2`;

const SERIALS = ['a', 'b', 'c', 'd', 'e', 'f'];
const SERIAL = fc.constantFrom(...SERIALS);

const STEP = fc.oneof(
  fc.record({ does: fc.constant('issue'), serial: SERIAL, days: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ does: fc.constant('revoke'), serial: SERIAL, days: fc.constantFrom(0, 1, 4, 6) }),
  fc.record({ does: fc.constant('change'), serial: SERIAL, days: fc.constantFrom(1, 4, 6) }),
  fc.record({ does: fc.constant('release'), serial: SERIAL, days: fc.constant(0) }),
  fc.record({ does: fc.constant('move'), serial: SERIAL, days: fc.integer({ min: -3, max: 3 }) }),
);

const STATEMENTS: Readonly<Record<string, string>> = {
  issue: `INSERT OR IGNORE INTO certificates (serial, authority_id, subject, profile, origin, account_id,
  not_before_s, not_after_s, issued_at_ms)
VALUES (?1, 'default', '', CASE WHEN ?1 < 'd' THEN 'x' ELSE 'y' END, 'api', 'root', 0, ${NOW_SECONDS} + ?2 * 86400, 0)`,
  revoke: `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
SELECT authority_id, serial, 1, 0, ?2, not_after_s FROM certificates WHERE serial = ?1
ON CONFLICT DO NOTHING`,
  change: 'UPDATE revocations SET reason = ?2 WHERE serial = ?1',
  release: 'DELETE FROM revocations WHERE serial = ?1 AND ?2 = 0',
  move: `UPDATE certificates SET not_after_s = ${NOW_SECONDS} + ?2 * 86400 WHERE serial = ?1`,
};

describe('the counters of metrics', () => {
  it('equal what a scan counts, whatever happened', async () => {
    const db = await openDatabaseWithAuthority();
    const property = fc.asyncProperty(
      fc.array(STEP, { minLength: 1, maxLength: 12 }),
      async (steps) => {
        await db.batch(
          steps.map(({ does, serial, days }) =>
            db.prepare(STATEMENTS[does] ?? '').bind(serial, days),
          ),
        );
        const read = async (sql: string) => (await db.prepare(sql).all()).results;
        expect(await read(KEPT)).toEqual(await read(COUNTED));
        expect(await read(REASONS_KEPT)).toEqual(await read(REASONS_COUNTED));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
