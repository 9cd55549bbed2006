import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type CfsslDatabase, startCfssl } from './cfssl.ts';
import { readCsrPem } from './fixtures.ts';
import { encodeRequest } from './http-client.ts';
import type { ComparisonOptions, LoadGenerator, Target } from './load.ts';
import type { Row, Section } from './report.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

const CONNECTIONS = 16;
/** Few clients, as in a small office, leave nothing to batch; many, as with renewing devices, do. */
const SIGN_CONNECTIONS = [16, 64];
const SIGN = { warmUpRequests: 8192, requestsPerRound: 256, rounds: 15 };
const DOWNLOAD: ComparisonOptions = {
  connections: CONNECTIONS,
  warmUpRequests: 4000,
  requestsPerRound: 400,
  rounds: 15,
};
const CEILING_REQUESTS = 20_000;

/** Compares signing with a Worker that only signs and inserts, and with cfssl. */
export async function measureSigning(load: LoadGenerator, signet: Workbench): Promise<Section[]> {
  const body = readCsrPem('p-256-sha256');
  const headers = { Authorization: `Basic ${basicCredentials(signet)}` };
  const subject: Target = {
    port: signet.port,
    expectedStatus: 201,
    request: encodeRequest({ method: 'POST', path: '/api/v1/certificates', headers, body }),
  };
  const bare = await setUpWorkbench('tools/bench/workers/bare-sign.ts');
  const baseline: Target = {
    port: bare.port,
    expectedStatus: 201,
    request: encodeRequest({ method: 'POST', path: '/', body }),
  };
  const againstBare = await compareSigning(load, subject, baseline, {
    title: 'Signing, against a Worker that does one P-256 signature and one insert',
    baseline: 'the bare Worker',
    ratioAtLeast: 0.7,
  }).finally(bare.stop);
  return [
    againstBare,
    await compareWithCfssl(load, subject, body, 'DELETE', 'as it comes', 2),
    await compareWithCfssl(load, subject, body, 'WAL', 'with a write-ahead log, as D1 has', null),
  ];
}

async function compareWithCfssl(
  load: LoadGenerator,
  subject: Target,
  csrPem: string,
  journal: CfsslDatabase['journal'],
  how: string,
  ratioAtLeast: number | null,
): Promise<Section> {
  const title = `Signing, against cfssl and its SQLite store ${how}`;
  const cfssl = await startCfssl({ journal, synchronous: 'FULL' });
  if (cfssl === null) return { title: `${title}: skipped, cfssl is not installed`, rows: [] };
  try {
    const baseline = cfssl.toTarget(csrPem);
    const names = { title, baseline: 'cfssl', ratioAtLeast };
    const section = await compareSigning(load, subject, baseline, names);
    const { warmUpRequests, requestsPerRound, rounds } = SIGN;
    const expected = warmUpRequests + SIGN_CONNECTIONS.length * requestsPerRound * rounds;
    if (cfssl.countStored() !== expected)
      throw new Error('cfssl did not store the certificates that it signed');
    return section;
  } finally {
    await cfssl.stop();
  }
}

async function compareSigning(
  load: LoadGenerator,
  subject: Target,
  baseline: Target,
  names: {
    readonly title: string;
    readonly baseline: string;
    readonly ratioAtLeast: number | null;
  },
): Promise<Section> {
  const rows: Row[] = [];
  for (const connections of SIGN_CONNECTIONS) {
    const { subjectRate, baselineRate, ratio } = await load.compare(subject, baseline, {
      ...SIGN,
      connections,
    });
    const at = `${connections} connections`;
    const { ratioAtLeast } = names;
    const aim = ratioAtLeast === null ? {} : { aim: { ratioAtLeast } };
    rows.push(
      { name: `POST /api/v1/certificates, ${at}`, value: subjectRate, unit: '/s', ratio, ...aim },
      { name: `${names.baseline}, ${at}`, value: baselineRate, unit: '/s' },
    );
  }
  return { title: names.title, rows };
}

interface Download {
  readonly name: string;
  readonly path: string;
  readonly expectedStatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Compares downloads from the cache with a Hono application that returns a constant. */
export async function measureDownloads(load: LoadGenerator, signet: Workbench): Promise<Section> {
  const bare = await setUpWorkbench('tools/bench/workers/bare-hono.ts');
  const toTarget = (
    port: number,
    { path, headers = {}, expectedStatus = 200 }: Download,
  ): Target => ({
    port,
    expectedStatus,
    request: encodeRequest({ path, headers }),
  });
  const baseline = toTarget(bare.port, { name: 'bare', path: '/' });
  const rows: Row[] = [];
  const bareRates: number[] = [];

  async function add(port: number, download: Download): Promise<void> {
    const comparison = await load.compare(toTarget(port, download), baseline, DOWNLOAD);
    const { subjectRate, baselineRate, ratio } = comparison;
    rows.push({ name: download.name, value: subjectRate, unit: '/s', ratio });
    bareRates.push(baselineRate);
  }

  try {
    const crl = '/crl/default.crl';
    const etag = (await fetch(`${signet.server.url}${crl}`)).headers.get('ETag') ?? '';
    await add(signet.port, { name: 'GET /api/ca/cacert', path: '/api/ca/cacert' });
    await add(signet.port, { name: `GET ${crl}`, path: crl });
    await add(signet.port, {
      name: `GET ${crl}, answered 304`,
      path: crl,
      expectedStatus: 304,
      headers: { 'If-None-Match': etag },
    });
    await add(signet.port, {
      name: 'an unknown address, 404',
      path: '/nothing',
      expectedStatus: 404,
    });
    await add(bare.port, { name: 'a bare Hono route that asks the cache', path: '/cached' });
    const bareRate = bareRates.reduce((sum, rate) => sum + rate, 0) / bareRates.length;
    rows.push({ name: 'the bare Hono route', value: bareRate, unit: '/s' });
    rows.push({
      name: 'the load generator, against a socket that answers at once',
      value: await measureCeiling(load),
      unit: '/s',
    });
    return { title: 'Downloads from the cache, against a Hono route with a constant body', rows };
  } finally {
    await bare.stop();
  }
}

/** Measures the load generator's maximum; the Workers' rates must stay well below it. */
async function measureCeiling(load: LoadGenerator): Promise<number> {
  const thread = new Worker(join(import.meta.dirname, 'ceiling-thread.ts'));
  try {
    const [address]: AddressInfo[] = await once(thread, 'message');
    if (address === undefined) throw new Error('The thread gave no address');
    const target = {
      port: address.port,
      expectedStatus: 200,
      request: encodeRequest({ path: '/' }),
    };
    return await load.measureRate(target, CONNECTIONS, CEILING_REQUESTS);
  } finally {
    await thread.terminate();
  }
}
