import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../src/http/services.ts';
import { call, createInstance, createKey } from '../http/cas/cas-client.ts';
import { captureLog } from '../http/live.ts';
import { sealEnvelope } from '../http/openssl-ca/seal-envelope.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from '../integration/worker.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { countRows } from '../store/database.ts';
import { CALLER, createPolicy, openServices, REQUEST, ROOT } from './live-services.ts';

const log = captureLog();

const CAS = { CALLS_PER_ACCESS_KEY: undefined };
const RULES = { dnsNames: [{ name: 'example.com', match: 'one-label' }] };

let worker: TestWorker;
let services: Services;
beforeEach(async () => {
  worker = await openWorker(CAS);
  services = openServices(worker.db);
  // Makes the default authority.
  await worker.send('/ca/default.crt');
});

type Key = Awaited<ReturnType<typeof createKey>>;

async function createBoundKey(rules: object): Promise<Key> {
  const key = await createKey(worker, ['*']);
  const policyId = await createPolicy(services, rules, key.accountId);
  await services.accessKeys.update(ROOT, key.id, { policyId }, REQUEST);
  return key;
}

describe('the actions of CAS', () => {
  const csr = (name: string) => makeCsrPem({ subject: [commonName(name)] });
  const SUBJECT = {
    CommonName: 'A CA',
    Organization: 'O',
    OrganizationUnit: 'OU',
    Locality: 'L',
    State: 'ST',
    Algorithm: 'ECC_256',
    Years: '1',
  };
  const LEAVES = [
    ['CreateServerCertificateWithCsr', { Days: '1' }],
    ['CreateClientCertificateWithCsr', { Days: '1' }],
    ['CreateCustomCertificate', { Validity: '1d' }],
  ] as const;

  it.each(LEAVES)('%s obeys the policy of the access key', async (action, validity) => {
    const key = await createBoundKey(RULES);
    const ask = async (name: string) => {
      const wanted = { ParentIdentifier: 'default', Csr: await csr(name), ...validity };
      return call(worker, wanted, { key, action });
    };
    const refused = await ask('www.example.org');
    expect(refused, refused.text).toMatchObject({
      status: 403,
      body: { Code: 'PolicyViolated', Message: expect.stringContaining('www.example.org') },
    });
    const issued = await ask('www.example.com');
    expect(issued.status, issued.text).toBe(200);
    expect(await countRows(worker.db, 'certificates')).toBe(1);

    // Another isolate changes the policy: the call is repeated with its own nonce.
    const { items } = await services.policies.list(ROOT, null, { afterId: null, limit: 1 });
    const change = (rules: object) =>
      services.policies.update(ROOT, items[0]?.id ?? '', { rules }, REQUEST);
    await change({ ...RULES, maxValiditySeconds: 2 * 86400 });
    const repeated = await ask('www2.example.com');
    expect(repeated.status, repeated.text).toBe(200);
    await change({});
    expect(await ask('www3.example.com')).toMatchObject({ body: { Code: 'PolicyViolated' } });
    expect(await countRows(worker.db, 'certificates')).toBe(2);
  });

  it.each(['CreateRootCACertificate', 'CreateSubCACertificate'])(
    '%s obeys the policy of the access key',
    async (action) => {
      const parent = action.includes('Sub') ? { ParentIdentifier: 'default' } : {};
      const ask = (key: Key) => call(worker, { ...SUBJECT, ...parent }, { key, action });
      const authorities = await countRows(worker.db, 'authorities');
      for (const [rules, rule] of [
        [{ subject: 'any' }, 'issues'],
        [{ subject: { CN: 'any' }, issues: ['ca'] }, 'subject'],
        [{ subject: 'any', issues: ['ca'], authorities: ['other'] }, 'authorities'],
        [{ subject: 'any', issues: ['ca'], maxValiditySeconds: 86400 }, 'maxValiditySeconds'],
      ] as const) {
        expect(await ask(await createBoundKey(rules))).toMatchObject({
          status: 403,
          body: { Code: 'PolicyViolated', Message: expect.stringContaining(`'${rule}'`) },
        });
      }
      expect(await countRows(worker.db, 'authorities')).toBe(authorities);
      const made = await ask(await createBoundKey({ subject: 'any', issues: ['ca'] }));
      expect(made.status, made.text).toBe(200);
    },
  );

  it('do not use up an instance for an external CA that a policy refuses', async () => {
    const key = await createBoundKey({ subject: { CN: ['A CA'] }, issues: ['ca'] });
    const InstanceId = await createInstance(worker, { accountId: key.accountId });
    const ask = async (name: string) =>
      call(worker, { InstanceId, Csr: await csr(name), Validity: '1y' }, { key });
    expect(await ask('Another CA')).toMatchObject({
      status: 403,
      body: { Code: 'PolicyViolated' },
    });
    expect((await ask('A CA')).status).toBe(200);
  });
});

describe('a permission for an external CA', () => {
  it('cannot be given by an access key that a policy bounds', async () => {
    const policyId = await createPolicy(services, { issues: ['ca'], subject: 'any' });
    const wanted = { accountId: null, name: 'a key', scopes: ['*'], expiresAtSeconds: null };
    const ask = async (key: { readonly policyId: string | null }) => {
      const made = await services.accessKeys.create(ROOT, { ...wanted, ...key }, REQUEST);
      const { response, text } = await worker.send('/api/v1/external-ca-instances', {
        method: 'POST',
        headers: { Authorization: `Basic ${btoa(`${made.accessKey.id}:${made.secret}`)}` },
      });
      return [response.status, text];
    };
    expect(await ask({ policyId })).toEqual([403, expect.stringContaining('external CAs')]);
    expect(await countRows(worker.db, 'external_ca_instances')).toBe(0);
    expect(await ask({ policyId: null })).toEqual([201, expect.any(String)]);
  });
});

describe('the profiles of an authority', () => {
  const PROFILES = { 'tls-server': { validityDays: 900, extendedKeyUsages: ['codeSigning'] } };

  it.each([
    ['changed', 'PATCH', '/api/v1/authorities/default', {}],
    ['given to a new authority', 'POST', '/api/v1/authorities', { name: 'B', subject: 'CN=B' }],
  ])('cannot be %s by an access key that a policy bounds', async (_, method, path, fields) => {
    const policyId = await createPolicy(services, { issues: ['leaf', 'ca'], subject: 'any' });
    const wanted = { accountId: null, name: 'a key', scopes: ['*'], expiresAtSeconds: null };
    const ask = async (key: { readonly policyId: string | null }) => {
      const made = await services.accessKeys.create(ROOT, { ...wanted, ...key }, REQUEST);
      const { response, text } = await worker.send(path, {
        method,
        headers: { Authorization: `Basic ${btoa(`${made.accessKey.id}:${made.secret}`)}` },
        body: JSON.stringify({ ...fields, profiles: PROFILES }),
      });
      return [response.status, text];
    };
    expect(await ask({ policyId })).toEqual([403, expect.stringContaining('profiles')]);
    const [status, text] = await ask({ policyId: null });
    expect([200, 201, 204], String(text)).toContain(status);
  });
});

describe('the openssl-ca dialect', () => {
  async function sign(name: string): Promise<{ status: number; body: unknown }> {
    const csr_body = await sealEnvelope(await makeCsrPem({ subject: [commonName(name)] }), {
      mode: 'cfb8',
      padded: true,
      secret: env.OPENSSL_CA_SECRET,
    });
    const { response, text } = await worker.send('/api/ca/sign', {
      method: 'POST',
      body: JSON.stringify({ csr_body }),
    });
    return { status: response.status, body: JSON.parse(text) };
  }

  it('obeys the policy of OPENSSL_CA_POLICY and refuses in its own words', async () => {
    const OPENSSL_CA_POLICY = await createPolicy(services, RULES);
    worker = await openWorker({ OPENSSL_CA_POLICY }, worker.db);
    expect(await sign('www.example.org')).toEqual({
      status: 200,
      body: { status: -1, msg: '[ERROR]: Something is error with signing processing!' },
    });
    expect(log.lines().at(-1)).toContain('policy-violated');
    expect(await sign('www.example.com')).toMatchObject({ body: { status: 0 } });
    const changed = openServices(worker.db);
    const rules = { dnsNames: [{ name: 'example.org', match: 'one-label' }] };
    await changed.policies.update(ROOT, OPENSSL_CA_POLICY, { rules }, REQUEST);
    expect(await sign('www2.example.com')).toMatchObject({ body: { status: -1 } });
    expect(await sign('www.example.org')).toMatchObject({ body: { status: 0 } });
  });

  it('signs nothing if OPENSSL_CA_POLICY names no policy, and /healthz says so', async () => {
    worker = await openWorker({ OPENSSL_CA_POLICY: 'pol-000000000000' }, worker.db);
    expect(await sign('www.example.com')).toMatchObject({ body: { status: -1 } });
    expect(await countRows(worker.db, 'certificates')).toBe(0);
    const { response } = await worker.send('/healthz');
    expect(response.status).toBe(503);
    expect(log.lines().at(-1)).toContain(
      'OPENSSL_CA_POLICY is pol-000000000000, but there is no such policy.',
    );
    const OPENSSL_CA_POLICY = await createPolicy(services, RULES);
    worker = await openWorker({ OPENSSL_CA_POLICY }, worker.db);
    expect((await worker.send('/healthz')).response.status).toBe(200);
  });

  it('signs what it could without OPENSSL_CA_POLICY', async () => {
    await createPolicy(services, RULES);
    expect(await sign('www.example.org')).toMatchObject({ body: { status: 0 } });
  });
});

describe('authorities in the tree', () => {
  const send = async (path: string, body: object) => {
    const { response, text } = await worker.send(`/api/v1/authorities${path}`, {
      method: 'POST',
      headers: { Authorization: AUTHORIZATION },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: JSON.parse(text) };
  };

  it('are renewed and re-keyed only as the policy of their issuer permits', async () => {
    const created = await send('', { name: 'Sub', subject: 'CN=Sub', parent: 'default' });
    const id = String(created.body.id);
    const policyId = await createPolicy(services, { issues: ['ca'], subject: { CN: ['Other'] } });
    await services.authorityManager.update(CALLER, 'default', { policyId });
    const before = await countRows(worker.db, 'authority_certificates');
    for (const action of ['renew', 'rekey']) {
      expect(await send(`/${id}/${action}`, {})).toMatchObject({
        status: 403,
        body: { code: 'policy-violated' },
      });
    }
    expect(await countRows(worker.db, 'authority_certificates')).toBe(before);
    const rules = { issues: ['ca'], subject: { CN: ['Sub'] } };
    await services.policies.update(ROOT, policyId, { rules }, REQUEST);
    for (const action of ['renew', 'rekey']) {
      const done = await send(`/${id}/${action}`, {});
      expect(done.status, JSON.stringify(done.body)).toBeLessThan(300);
    }
  });

  it('cannot be made if the policy of the account permits no CA', async () => {
    const policyId = await createPolicy(services, { subject: 'any' });
    await services.accounts.update(ROOT, 'root', { policyId }, REQUEST);
    const refused = await send('', { name: 'A', subject: 'CN=A' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'policy-violated' } });
    await services.accounts.update(ROOT, 'root', { policyId: null }, REQUEST);
    expect(await send('', { name: 'A', subject: 'CN=A' })).toMatchObject({ status: 201 });
  });
});
