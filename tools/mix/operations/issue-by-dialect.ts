import { sealEnvelope } from '../../bench/seal-envelope.ts';
import { makeRequest } from '../make-request.ts';
import type { CreateOperation } from '../operation.ts';
import { readIssued } from '../read-issued.ts';

/** Issues by the openssl-ca dialect; the operation `issue` checks all certificates. */
export const createIssueByDialect: CreateOperation = (world) => ({
  name: 'issue (openssl-ca)',
  weight: { faults: 10, load: 2 },
  async run(ask) {
    const { ledger, findings, secrets, caCertificate } = world;
    const csrPem = await makeRequest();
    const cipher = world.random() < 0.5 ? 'aes-256-cfb' : 'aes-256-cfb8';
    const envelope = sealEnvelope(cipher, secrets.OPENSSL_CA_SECRET ?? '', csrPem);
    const body = JSON.stringify({ csr_body: envelope.toString('base64') });
    ledger.issuing++;
    const answer = await ask({ method: 'POST', path: '/api/ca/sign', body }, 200);
    const { cert, msg } = JSON.parse(answer.body.toString());
    findings.expect(typeof cert === 'string', `issue (openssl-ca): ${msg}`);
    if (typeof cert !== 'string') return true;
    ledger.issuing--;
    ledger.addCertificate(readIssued(cert, csrPem, caCertificate, findings));
    return true;
  },
});
