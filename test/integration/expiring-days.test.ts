import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { captureLog, openWorker } from '../http/live.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';

const DAY = 86_400;

captureLog();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('EXPIRING_DAYS', () => {
  it.each([
    [{ EXPIRING_DAYS: '50,20' }, 20],
    [{}, 30],
  ])(
    'with %j decides when CAs, certificates and the inventory are announced',
    async (set, days) => {
      const live = await openWorker({ CA_VALIDITY_DAYS: '90', ...set });
      const filters = { types: ['certificate.expiring'] };
      const hook = { name: 'a webhook', url: 'https://hooks.test/', filters };
      expect((await live.send('/api/v1/webhooks', { body: hook })).status).toBe(201);
      const csr = await makeCsrPem({ subject: [commonName('a.example')] });
      const asked = {
        csr,
        names: { dns: ['a.example'] },
        validitySeconds: 80 * DAY,
      };
      expect((await live.send('/api/v1/certificates', { body: asked })).status).toBe(201);
      await live.db
        .prepare(
          `INSERT INTO inventory (id, account_id, name, type, certificate, chain, common_name, dns_names,
  fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
VALUES ('cert-a', 'root', 'n', 2, '', '[]', '', '[]', '', 0, ?1, '[]', 'upload', 0, 0)`,
        )
        .bind(Math.floor(Date.now() / 1000) + 90 * DAY)
        .run();
      // One day past the threshold for the CA and the inventory.
      vi.setSystemTime(Date.now() + (90 - days + 1) * DAY * 1000);
      for (const job of ['announce-expiring', 'mark-expiring']) {
        const { status } = await live.send(`/api/v1/jobs/${job}`, { method: 'POST' });
        expect(status).toBe(200);
      }
      const { results } = await live.db
        .prepare(
          `SELECT action, detail ->> 'days' AS days FROM audit_events
WHERE action LIKE '%.expire-soon' ORDER BY action`,
        )
        .all();
      expect(results).toEqual(
        ['authority', 'certificate', 'inventory'].map((kind) => ({
          action: `${kind}.expire-soon`,
          days,
        })),
      );
    },
  );
});
