import { setTimeout as sleep } from 'node:timers/promises';
import { readCsrPem } from './fixtures.ts';
import type { Row, Section } from './report.ts';
import { sealEnvelope } from './seal-envelope.ts';
import { basicCredentials, setUpWorkbench } from './workbench.ts';

/** For what a request leaves to `waitUntil`, which must not count for the next one. */
const SETTLE_MS = 50;

/** How often each operation goes to D1 before it answers; a batch counts once. */
export async function countRoundTrips(): Promise<Section> {
  const workbench = await setUpWorkbench('scripts/bench/workers/count-queries.ts');
  const { server } = workbench;
  const authorization = { Authorization: `Basic ${basicCredentials(workbench)}` };
  const rows: Row[] = [];

  async function count(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    await sleep(SETTLE_MS);
    const response = await fetch(`${server.url}${path}`, init);
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    rows.push({ name, value: Number(response.headers.get('X-D1-Round-Trips')), unit: '' });
    return response;
  }

  try {
    const csr = readCsrPem('p-256-sha256');
    const issue = { method: 'POST', headers: authorization, body: csr };
    await count('the first request of all, which makes the authority', '/ca/default.crt');
    const issued = await count('issue by POST /api/v1/certificates', '/api/v1/certificates', issue);
    const location = issued.headers.get('Location') ?? '';
    await issued.body?.cancel();

    const csrBody = sealEnvelope('aes-256-cfb8', server.secrets.OPENSSL_CA_SECRET ?? '', csr);
    const sign = await count('sign by POST /api/ca/sign', '/api/ca/sign', {
      method: 'POST',
      body: JSON.stringify({ csr_body: csrBody.toString('base64') }),
    });
    const signed: unknown = await sign.json();
    if (!isSuccess(signed)) throw new Error(`sign: ${JSON.stringify(signed)}`);

    await count('get a certificate', location, { headers: authorization });
    await count('the CRL, the first time', '/crl/default.crl');
    await count('the CRL from the cache', '/crl/default.crl');
    await count('the CA certificate from the cache', '/ca/default.crt');
    const revocation = location.replace('?', '/revoke?');
    await count('revoke', revocation, { method: 'POST', headers: authorization });
    await count('the CRL, made anew after a revocation', '/crl/default.crl');
  } finally {
    await workbench.stop();
  }
  return { title: 'Round trips to D1 before the answer', rows };
}

function isSuccess(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 0;
}
