import { EXPIRY_WINDOWS_DAYS } from '../metrics/expiry-windows.ts';
import type { CertificateCount, MetricsStore } from '../metrics/store.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';
import { sql } from './sql.ts';

const DAY_SECONDS = 86_400;
/** More lists, authorities and webhooks are not reported: a partition is one list. */
const MAX_LISTS = 1000;

const [W1, W2, W3, W4] = EXPIRY_WINDOWS_DAYS;
const VALID = 'issued - revoked - held';

export const METRICS_SQL = {
  certificates: sql(`SELECT authority_id, profile,
  SUM(CASE WHEN expiry_day >= :today THEN ${VALID} ELSE 0 END) AS valid,
  SUM(CASE WHEN expiry_day < :today THEN ${VALID} ELSE 0 END) AS expired,
  SUM(revoked) AS revoked, SUM(held) AS held,
  SUM(CASE WHEN expiry_day >= :today AND expiry_day < :today + ${W1} THEN ${VALID} ELSE 0 END) AS w1,
  SUM(CASE WHEN expiry_day >= :today AND expiry_day < :today + ${W2} THEN ${VALID} ELSE 0 END) AS w2,
  SUM(CASE WHEN expiry_day >= :today AND expiry_day < :today + ${W3} THEN ${VALID} ELSE 0 END) AS w3,
  SUM(CASE WHEN expiry_day >= :today AND expiry_day < :today + ${W4} THEN ${VALID} ELSE 0 END) AS w4
FROM certificate_counts GROUP BY authority_id, profile`),
  revocations: sql('SELECT authority_id, reason, total FROM revocation_counts WHERE total > 0'),
  lists: sql(`SELECT authority_id, crl_partition, crl_number, entries, byte_length, this_update_s,
  next_update_s
FROM revocation_lists WHERE next_update_s IS NOT NULL
ORDER BY authority_id, crl_partition LIMIT ${MAX_LISTS}`),
  jobs: sql('SELECT job, runs, failures, last_run_s, last_success_s FROM job_runs'),
  authorities: sql(`SELECT id, certificate FROM authorities
WHERE certificate IS NOT NULL AND state <> 'revoked' LIMIT ${MAX_LISTS}`),
  webhooks: sql(`SELECT webhooks.id, webhooks.enabled, webhooks.failing_since_ms,
  COALESCE((SELECT MAX(audit_events.position) FROM audit_events), 0) - webhooks.position AS unread,
  (SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_deliveries.webhook_id = webhooks.id
    AND webhook_deliveries.next_at_ms IS NOT NULL) AS retrying
FROM webhooks LIMIT ${MAX_LISTS}`),
  noteRun: sql(`INSERT INTO job_runs (job, runs, failures, last_run_s, last_success_s)
VALUES (:job, 1, :failures, :atSeconds, :successSeconds)
ON CONFLICT (job) DO UPDATE SET runs = runs + 1, failures = failures + excluded.failures,
  last_run_s = excluded.last_run_s,
  last_success_s = COALESCE(excluded.last_success_s, last_success_s)`),
} as const;

export function createMetricsStore(db: Database): MetricsStore {
  return {
    async readFigures(access) {
      const today = Math.floor(access.nowSeconds / DAY_SECONDS);
      const [certificates, revocations, lists, jobs, authorities, webhooks] = await readGranted(
        db,
        access,
        [
          METRICS_SQL.certificates.prepare(db, { today }),
          METRICS_SQL.revocations.prepare(db, {}),
          METRICS_SQL.lists.prepare(db, {}),
          METRICS_SQL.jobs.prepare(db, {}),
          METRICS_SQL.authorities.prepare(db, {}),
          METRICS_SQL.webhooks.prepare(db, {}),
        ],
      );
      return {
        certificates: (certificates?.results ?? []).map(readCount),
        revocations: (revocations?.results ?? []).map((row) => ({
          authorityId: readText(row, 'authority_id'),
          reason: readInteger(row, 'reason'),
          total: readInteger(row, 'total'),
        })),
        lists: (lists?.results ?? []).map((row) => ({
          authorityId: readText(row, 'authority_id'),
          partition: readInteger(row, 'crl_partition'),
          number: readIntegerOrNull(row, 'crl_number') ?? 0,
          entries: readIntegerOrNull(row, 'entries') ?? 0,
          bytes: readIntegerOrNull(row, 'byte_length') ?? 0,
          thisUpdateSeconds: readIntegerOrNull(row, 'this_update_s') ?? 0,
          nextUpdateSeconds: readInteger(row, 'next_update_s'),
        })),
        jobs: (jobs?.results ?? []).map((row) => ({
          job: readText(row, 'job'),
          runs: readInteger(row, 'runs'),
          failures: readInteger(row, 'failures'),
          lastRunSeconds: readInteger(row, 'last_run_s'),
          lastSuccessSeconds: readIntegerOrNull(row, 'last_success_s'),
        })),
        webhooks: (webhooks?.results ?? []).map((row) => {
          const failingSinceMs = readIntegerOrNull(row, 'failing_since_ms');
          return {
            id: readText(row, 'id'),
            enabled: readInteger(row, 'enabled') === 1,
            failingSinceSeconds: failingSinceMs === null ? null : failingSinceMs / 1000,
            unread: readInteger(row, 'unread'),
            retrying: readInteger(row, 'retrying'),
          };
        }),
        authorities: (authorities?.results ?? []).map((row) => ({
          authorityId: readText(row, 'id'),
          notAfterSeconds: parseCertificate(Uint8Array.fromBase64(readText(row, 'certificate')))
            .notAfterSeconds,
        })),
      };
    },

    async noteRun(job, succeeded, atSeconds) {
      const note = METRICS_SQL.noteRun.prepare(db, {
        job,
        failures: succeeded ? 0 : 1,
        atSeconds,
        successSeconds: succeeded ? atSeconds : null,
      });
      await writeRecord(() => note.run());
    },
  };
}

function readCount(row: Row): CertificateCount {
  return {
    authorityId: readText(row, 'authority_id'),
    profile: readText(row, 'profile'),
    valid: readInteger(row, 'valid'),
    expired: readInteger(row, 'expired'),
    revoked: readInteger(row, 'revoked'),
    held: readInteger(row, 'held'),
    expiring: EXPIRY_WINDOWS_DAYS.map((days, index) => ({
      days,
      count: readInteger(row, `w${index + 1}`),
    })),
  };
}
