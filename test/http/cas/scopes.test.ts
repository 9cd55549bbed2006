import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIONS } from '../../../src/http/cas/actions.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { type Answer, type CallOptions, call, createInstance, post } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

type Parameters = Readonly<Record<string, string>>;

const SUBJECT = {
  CommonName: 'A CA',
  Organization: 'O',
  OrganizationUnit: 'OU',
  Locality: 'L',
  State: 'ST',
  CountryCode: 'CN',
  Algorithm: 'ECC_256',
  Years: '1',
};

async function makeCsr(): Promise<string> {
  return makeCsrPem({ subject: [commonName('host.test')] });
}

async function forLeaf(): Promise<Parameters> {
  return { ParentIdentifier: 'default', Csr: await makeCsr(), Days: '1' };
}

/** Names an object that root creates with an action. */
async function create(action: string, parameters: Parameters): Promise<Parameters> {
  const { body, text } = await ask(action, parameters);
  if (body.Identifier === undefined) throw new Error(text);
  return { Identifier: String(body.Identifier) };
}

const issueLeaf = async () => create('CreateServerCertificateWithCsr', await forLeaf());

/** For each action, the parameters of a call that succeeds. */
const CALLS: Readonly<Record<string, () => Promise<Parameters>>> = {
  CreateExternalCACertificate: async () => ({
    InstanceId: await createInstance(worker),
    Csr: await makeCsr(),
    Validity: '1y',
  }),
  CreateServerCertificateWithCsr: forLeaf,
  CreateClientCertificateWithCsr: forLeaf,
  CreateCustomCertificate: async () => ({
    ParentIdentifier: 'default',
    Csr: await makeCsr(),
    Validity: '1d',
  }),
  CreateRootCACertificate: async () => SUBJECT,
  CreateSubCACertificate: async () => ({ ...SUBJECT, ParentIdentifier: 'default' }),
  CreateRevokeClientCertificate: issueLeaf,
  UpdateCACertificateStatus: async () => ({
    ...(await create('CreateRootCACertificate', SUBJECT)),
    Status: 'REVOKE',
  }),
  GetCAInstanceStatus: async () => ({ InstanceId: await createInstance(worker) }),
  GetCaInstanceCrlAddress: async () => ({ CaIdentifier: 'default' }),
  DescribeCACertificate: async () => ({ Identifier: 'default' }),
  DescribeCACertificateList: async () => ({}),
  DescribeClientCertificate: issueLeaf,
  ListClientCertificate: async () => ({}),
};

function ask(action: string, parameters: Parameters, options: CallOptions = {}): Promise<Answer> {
  return call(worker, parameters, { action, ...options });
}

/** An access key of the account root. */
async function createKey(scopes: readonly string[]) {
  const { body } = await post(worker, '/api/v1/access-keys', { name: 'A key', scopes });
  return { id: String(body.id), secret: String(body.secret) };
}

describe('the actions', () => {
  it('each have a call in the table', () => {
    expect(Object.keys(CALLS).sort()).toEqual([...ACTIONS.keys()].sort());
  });

  it.each([...ACTIONS.keys()])('%s refuses other keys and accepts its scope', async (action) => {
    // Makes the default authority.
    await worker.send('/ca/default.crt');
    const parameters = await CALLS[action]?.();
    if (parameters === undefined) throw new Error('the table has no call');
    const scope = `yundun-cert:${action}`;
    const others = [...ACTIONS.keys()].filter((each) => each !== action);
    const other = await createKey(others.map((each) => `yundun-cert:${each}`));
    const disabled = await createKey([scope]);
    const narrowed = await createKey([scope]);
    // The isolate still holds the old terms of these keys, so only the query of the action sees it.
    for (const key of [disabled, narrowed]) await ask('DescribeCACertificateList', {}, { key });
    await worker.db.batch([
      worker.db.prepare('UPDATE access_keys SET enabled = 0 WHERE id = ?1').bind(disabled.id),
      worker.db
        .prepare(`UPDATE access_keys SET scopes = '["a:B"]' WHERE id = ?1`)
        .bind(narrowed.id),
    ]);

    for (const key of [other, narrowed]) {
      const lacking = await ask(action, parameters, { key });
      expect(lacking.body.Code, lacking.text).toBe('Forbidden.RAM');
    }
    const stopped = await ask(action, parameters, { key: disabled });
    expect(stopped.body.Code, stopped.text).toBe('InvalidAccessKeyId.Inactive');
    const allowed = await ask(action, parameters, { key: await createKey([scope]) });
    expect(allowed.status, allowed.text).toBe(200);
  });
});
