import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization } from './api-client.ts';
import { type SdkClient, type SdkCredentials, sdk } from './baidu-sdk.ts';
import { type KeptCertificate, makeKeptCertificate } from './kept-certificate.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const PATH = '/v1/certificate';
const openssl = requireTool('openssl', ['version']);

interface AccessKey extends SdkCredentials {
  readonly client: SdkClient;
}

describe.skipIf(openssl.missing)(openssl.title('access keys in the bce dialect'), () => {
  let server: RunningServer;
  let certificate: KeptCertificate;
  let owner: AccessKey;
  let reader: AccessKey;
  let stranger: AccessKey;
  let id = '';

  async function callApi(method: string, path: string, body: object) {
    const response = await fetch(`${server.url}/api/v1/${path}`, {
      method,
      headers: { Authorization: authorization(server) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    const answer: Readonly<Record<string, string>> = JSON.parse(text);
    return answer;
  }

  async function makeAccessKey(accountId: string, scopes: readonly string[]): Promise<AccessKey> {
    const made = await callApi('POST', 'access-keys', { accountId, name: 'interop', scopes });
    const credentials = { ak: made.id ?? '', sk: made.secret ?? '' };
    const client = new sdk.BceBaseClient({ endpoint: server.url, credentials }, 'certificate');
    return { ...credentials, client };
  }

  beforeAll(async () => {
    server = await startServer();
    certificate = makeKeptCertificate();
    const one = await callApi('POST', 'accounts', { name: 'one', inventoryQuota: 1 });
    const other = await callApi('POST', 'accounts', { name: 'other' });
    owner = await makeAccessKey(one.id ?? '', ['inventory:*']);
    reader = await makeAccessKey(one.id ?? '', ['inventory:Read']);
    stranger = await makeAccessKey(other.id ?? '', ['*']);
    const { body } = await create(owner, 'kept');
    id = /cert-[a-z0-9]{12}/.exec(JSON.stringify(body))?.[0] ?? '';
  });
  afterAll(() => server.stop());

  function create({ client }: AccessKey, certName: string) {
    const { leaf: certServerData, key: certPrivateData } = certificate;
    return client.sendRequest('POST', PATH, {
      body: JSON.stringify({ certName, certServerData, certPrivateData }),
    });
  }

  /** Every operation on an existing certificate, with its arguments. */
  const operations: readonly (readonly [string, string, string, object | null])[] = [
    ['GET', '', '', null],
    ['GET', '/detail', '', null],
    ['GET', '/rawdata', '', null],
    ['PUT', '', 'certName', { certName: 'renamed' }],
    ['PUT', '', 'certData', {}],
    ['DELETE', '', '', null],
  ];

  function operate({ client }: AccessKey, at: number, certificateId: string) {
    const [method = '', suffix = '', flag = '', changes = null] = operations[at] ?? [];
    const { leaf: certServerData, key: certPrivateData } = certificate;
    return client.sendRequest(method, `${PATH}/${certificateId}${suffix}`, {
      params: flag === '' ? {} : { [flag]: '' },
      ...(changes === null
        ? {}
        : { body: JSON.stringify({ certServerData, certPrivateData, ...changes }) }),
    });
  }

  it("shows nothing of another account's certificate", async () => {
    const lists = await stranger.client.sendRequest('GET', PATH, {});
    expect(lists.body).toEqual({ certs: [] });
    const named = await stranger.client.sendRequest('GET', PATH, { params: { certName: 'kept' } });
    expect(named.body).toEqual({ certs: [] });
  });

  it.each(
    operations.map(([method, suffix, flag], at) => ({ at, name: `${method} ${suffix}${flag}` })),
  )(
    "answers $name of another account's certificate as of one that does not exist",
    async ({ at }) => {
      const tell = (error: unknown) => {
        const { status_code, code, message } = Object(error);
        return { status_code, code, message };
      };
      const foreign = await operate(stranger, at, id).catch(tell);
      expect(foreign).toMatchObject({ status_code: 404, code: 'ResourceNotFoundException' });
      expect(await operate(stranger, at, 'cert-000000000000').catch(tell)).toEqual(foreign);
    },
  );

  it('allows an access key only what its scopes allow', async () => {
    const { body } = await reader.client.sendRequest('GET', `${PATH}/${id}`, {});
    expect(body).toMatchObject({ certId: id, certName: 'kept' });
    const refused = { status_code: 403, code: 'AccessDeniedException' };
    await expect(create(reader, 'another')).rejects.toMatchObject(refused);
    for (const at of [2, 3, 4, 5]) {
      await expect(operate(reader, at, id)).rejects.toMatchObject(refused);
    }
  });

  it('enforces the quota of the account', async () => {
    await expect(create(owner, 'second')).rejects.toMatchObject({
      status_code: 409,
      code: 'CertExceedLimit',
    });
  });

  it('refuses an access key as soon as it is disabled', async () => {
    const show = () => reader.client.sendRequest('GET', `${PATH}/${id}`, {});
    await callApi('PATCH', `access-keys/${reader.ak}`, { enabled: false });
    await expect(show()).rejects.toMatchObject({ status_code: 403, code: 'AccessDenied' });
    await callApi('PATCH', `access-keys/${reader.ak}`, { enabled: true });
    expect((await show()).body).toMatchObject({ certId: id });
  });

  it('does not delete a certificate in use', async () => {
    const now = Date.now();
    await server.query(
      'INSERT INTO inventory_bindings VALUES (?1, ?2, ?3, ?4, ?4) RETURNING 1',
      ...[id, 'BLB', 'lb-1', now],
    );
    const { body } = await owner.client.sendRequest('GET', `${PATH}/${id}/detail`, {});
    expect(body).toMatchObject({
      status: 'IN_USE',
      resources: [{ serviceName: 'BLB', resourceId: 'lb-1' }],
    });
    await expect(operate(owner, 5, id)).rejects.toMatchObject({
      status_code: 409,
      code: 'OperationNotAllowedException',
    });
  });
});
