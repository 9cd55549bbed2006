import { readUpload } from './fixtures.ts';
import { encodeRequest, type RequestParts } from './http-client.ts';
import type { ComparisonOptions, LoadGenerator, Target } from './load.ts';
import type { Row, Section } from './report.ts';
import { type AccessKey, signBce } from './sign-bce.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

const CONNECTIONS = 16;
const ENTRIES = 200;
const READ: ComparisonOptions = {
  connections: CONNECTIONS,
  warmUpRequests: 2000,
  requestsPerRound: 200,
  rounds: 15,
};
const LIST: ComparisonOptions = {
  connections: CONNECTIONS,
  warmUpRequests: 200,
  requestsPerRound: 40,
  rounds: 11,
};
const CREATE: ComparisonOptions = {
  connections: CONNECTIONS,
  warmUpRequests: 100,
  requestsPerRound: 100,
  rounds: 15,
};
const HOST = '127.0.0.1';
const PATH = '/v1/certificate';
/** A number follows, which makes each name unique. */
const CREATED = 'created-';
const DELETE_CREATED = `DELETE FROM inventory WHERE name GLOB '${CREATED}*'`;
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Compares the certificate API with a Worker that only sends the same statements to D1. */
export async function measureCertificateApi(
  load: LoadGenerator,
  signet: Workbench,
): Promise<Section> {
  const bare = await setUpWorkbench('tools/bench/workers/bare-inventory.ts');
  const rows: Row[] = [];
  try {
    const accessKey = await makeAccessKey(signet);
    const id = await fill(`${signet.server.url}${PATH}`, (host) => ({
      Authorization: signBce(accessKey, { method: 'POST', path: PATH, host }),
    }));
    const bareId = await fill(`${bare.server.url}/create`, () => ({}));

    async function compare(
      name: string,
      subject: RequestParts,
      baseline: RequestParts,
      options: ComparisonOptions,
    ): Promise<void> {
      const { method = 'GET', path } = subject;
      const Authorization = signBce(accessKey, { method, path, host: HOST });
      const headers = { ...subject.headers, Authorization };
      const { subjectRate, baselineRate, ratio } = await load.compare(
        toTarget(signet, { ...subject, headers }),
        toTarget(bare, baseline),
        options,
      );
      rows.push({ name, value: subjectRate, unit: '/s', ratio });
      rows.push({ name: '  the bare Worker', value: baselineRate, unit: '/s' });
    }

    const one = `${PATH}/${id}`;
    await compare('get one', { path: one }, { path: `/one?id=${bareId}` }, READ);
    await compare(`list ${ENTRIES}`, { path: PATH }, { path: '/list' }, LIST);
    const raw = `${one}/rawdata`;
    await compare('get one with its key', { path: raw }, { path: `/rawdata?id=${bareId}` }, READ);

    const afterRound = async () => {
      for (const { server } of [signet, bare]) await server.query(DELETE_CREATED);
    };
    for (const [name, chain] of [
      ['create, P-256', ''],
      ['create, P-256 with an issuer, P-384', readUpload('sub-2.pem')],
    ] as const) {
      const body = makeBody(CREATED, chain);
      const create = { method: 'POST', headers: JSON_TYPE, body, counter: `${CREATED}00000000` };
      await compare(
        name,
        { ...create, path: PATH },
        { ...create, path: '/create' },
        {
          ...CREATE,
          afterRound,
        },
      );
    }
  } finally {
    await bare.stop();
  }
  const title = 'The certificate API, signed, against a Worker that sends D1 the same statements';
  return { title, rows };
}

function toTarget({ port }: Workbench, parts: RequestParts): Target {
  return { port, expectedStatus: 200, request: encodeRequest(parts) };
}

/** Creates an account with a large enough quota and returns an access key of it. */
export async function makeAccessKey(workbench: Workbench): Promise<AccessKey> {
  const Authorization = `Basic ${basicCredentials(workbench)}`;
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${workbench.server.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { Authorization, ...JSON_TYPE },
      body: JSON.stringify(body),
    });
    return readTexts(answer);
  };
  const { id: accountId } = await post('accounts', { name: 'bench', inventoryQuota: 1000 });
  const key = await post('access-keys', { accountId, name: 'bench', scopes: ['inventory:*'] });
  return { id: key.id ?? '', secret: key.secret ?? '' };
}

/** Stores the certificates that the list operation reads. Returns the id of the last. */
async function fill(
  url: string,
  makeHeaders: (host: string) => Readonly<Record<string, string>>,
): Promise<string> {
  let id = '';
  for (let at = 0; at < ENTRIES; at++) {
    const headers = { ...JSON_TYPE, ...makeHeaders(new URL(url).host) };
    const body = makeBody(`listed-${at}-`);
    id = (await readTexts(await fetch(url, { method: 'POST', headers, body }))).certId ?? '';
  }
  return id;
}

/** @param name the text before the number */
export function makeBody(name: string, certLinkData = ''): string {
  return JSON.stringify({
    certName: `${name}00000000`,
    certServerData: readUpload('leaf.pem'),
    certPrivateData: readUpload('leaf.key.pem'),
    certLinkData,
  });
}

async function readTexts(answer: Response): Promise<Readonly<Record<string, string>>> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${text}`);
  const value: Readonly<Record<string, string>> = JSON.parse(text);
  return value;
}
