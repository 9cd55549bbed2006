import { setTimeout as sleep } from 'node:timers/promises';
import { makeAccessKey, makeBody } from './certificate-api.ts';
import { prepareCreation, signAction } from './external-ca.ts';
import { readCsrPem } from './fixtures.ts';
import type { Aim, Row, Section } from './report.ts';
import { sealEnvelope } from './seal-envelope.ts';
import { signBce } from './sign-bce.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

/** Waits for what a request left to `waitUntil`, so that it does not count for the next request. */
const SETTLE_MS = 50;

/** D1 round trips per operation before the response; a batch counts once. */
export async function countRoundTrips(): Promise<Section> {
  const workbench = await setUpWorkbench('tools/bench/workers/count-queries.ts');
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
    await count('the very first request, which makes the authority', '/ca/default.crt');
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
    await count('the CRL after a revocation', '/crl/default.crl');
    await countActions(workbench, count);
    rows.push(...(await countCertificateApi(workbench)));
  } finally {
    await workbench.stop();
  }
  return { title: 'D1 round trips before the response', rows };
}

/** Measures actions of the RPC dialect, called with the root access key. */
async function countActions(
  { server }: Workbench,
  count: (name: string, path: string, init: RequestInit) => Promise<Response>,
): Promise<void> {
  const { host } = new URL(server.url);
  const create = await prepareCreation(server, host);
  const InstanceId = new URLSearchParams(create.body).get('InstanceId') ?? '';
  const find = signAction(server, host, 'GetCAInstanceStatus', { InstanceId });
  for (const [name, { method, path, headers, body }] of [
    ['CreateExternalCACertificate', create],
    ['GetCAInstanceStatus', find],
  ] as const) {
    const answer = await count(name, path, { method, headers: { ...headers }, body });
    await answer.body?.cancel();
  }
}

/** One round trip for each request of a known access key, two if an upload public key is stored. */
async function countCertificateApi(workbench: Workbench): Promise<Row[]> {
  const { server } = workbench;
  const accessKey = await makeAccessKey(workbench);
  const host = new URL(server.url).host;
  const rows: Row[] = [];

  async function count(
    name: string,
    method: string,
    path: string,
    body?: string,
    aim: { readonly aim?: Aim } = { aim: { below: 2 } },
  ) {
    await sleep(SETTLE_MS);
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { Authorization: signBce(accessKey, { method, path, host }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`);
    const value = Number(response.headers.get('X-D1-Round-Trips'));
    rows.push({ name: `certificate API: ${name}`, value, unit: '', ...aim });
    return text;
  }

  const all = '/v1/certificate';
  // Loads the secret, and records the hour of use after the response.
  await count('the first request of an access key', 'GET', all, undefined, {});
  const [id = ''] = /cert-\w{12}/.exec(await count('create', 'POST', all, makeBody('a'))) ?? [];
  const one = `${all}/${id}`;
  await count('list', 'GET', all);
  await count('get one', 'GET', one);
  await count('get one with its key', 'GET', `${one}/rawdata`);
  await count('rename', 'PUT', `${one}?certName=`, '{"certName":"b"}');
  await server.query('UPDATE inventory SET not_after_s = 1');
  await count(
    'replace (the upload public key first)',
    'PUT',
    `${one}?certData=`,
    makeBody('c'),
    {},
  );
  await count('delete', 'DELETE', one);
  return rows;
}

function isSuccess(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 0;
}
