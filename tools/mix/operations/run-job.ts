import type { Ask, CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';

const JOBS = ['seal-audit', 'seal-audit', 'renew-crl', 'clean-up', 'mark-expiring', 'finish-acme'];

/** Runs the jobs and checks the audit chain, which a job seals. */
export const createRunJob: CreateOperation = ({ random, findings }) => {
  /** The last sealed position that a job reported. */
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
      findings.expect((sealed ?? 0) >= sealedThrough, 'the sealed position went back');
      await ask({ method: 'POST', path: '/api/v1/jobs/seal-audit' }, 200);
      const sealedAgain = await verifyChain(ask);
      findings.expect(sealedAgain !== null, 'the audit chain is broken after sealing');
      sealedThrough = sealedAgain ?? sealedThrough;
    },
  };
};

/** Returns the last sealed position, or null if the chain is broken. */
async function verifyChain(ask: Ask): Promise<number | null> {
  for (let query = ''; ; ) {
    const { body } = await ask({ path: `/api/v1/audit/verify${query}` }, 200);
    const report = JSON.parse(body.toString());
    if (report.ok !== true) return null;
    if (report.complete === true) return Number(report.sealedThrough);
    query = `?since=${report.checkpoint}`;
  }
}
