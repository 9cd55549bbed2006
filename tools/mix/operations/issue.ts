import { checkCertificates } from '../check-certificates.ts';
import { makeRequest } from '../make-request.ts';
import type { CreateOperation } from '../operation.ts';
import { readIssued } from '../read-issued.ts';

/** Issues by the API. */
export const createIssue: CreateOperation = ({ ledger, findings, caCertificate }) => ({
  name: 'issue',
  weight: { faults: 28, load: 6 },
  async run(ask) {
    const body = await makeRequest();
    ledger.issuing++;
    const answer = await ask({ method: 'POST', path: '/api/v1/certificates', body }, 201);
    ledger.issuing--;
    ledger.addCertificate(readIssued(answer.body.toString(), body, caCertificate, findings));
    return true;
  },
  check: checkCertificates,
});
