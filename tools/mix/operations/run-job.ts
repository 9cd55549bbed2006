import type { Ask, CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';

const JOBS = ['seal-audit', 'seal-audit', 'renew-crl', 'clean-up', 'mark-expiring'];

/** What cron runs, and what it makes: the chain of the audit record. */
export const createRunJob: CreateOperation = ({ random, findings }) => {
  /** Up to where the record was sealed when a job last said so. */
  let sealedThrough = 0;

  return {
    name: 'job',
    weight: { faults: 5, load: 1 },
    async run(ask) {
      const job = pickOne(random, JOBS) ?? 'seal-audit';
      await ask({ method: 'POST', path: `/api/v1/jobs/${job}` }, 200);
      return true;
    },

    async check({ ask }) {
      const sealed = await verifyChain(ask);
      findings.expect(sealed !== null, 'the audit chain is broken');
      findings.expect((sealed ?? 0) >= sealedThrough, 'the audit record is sealed less far');
      await ask({ method: 'POST', path: '/api/v1/jobs/seal-audit' }, 200);
      const sealedAgain = await verifyChain(ask);
      findings.expect(sealedAgain !== null, 'the audit chain is broken once sealed');
      sealedThrough = sealedAgain ?? sealedThrough;
    },
  };
};

/** Up to where the record is sealed, or null where it is broken. */
async function verifyChain(ask: Ask): Promise<number | null> {
  for (let after = 0; ; ) {
    const { body } = await ask({ path: `/api/v1/audit/verify?after=${after}` }, 200);
    const report = JSON.parse(body.toString());
    if (report.ok !== true) return null;
    if (report.complete === true) return Number(report.sealedThrough);
    after = Number(report.verifiedThrough);
  }
}
