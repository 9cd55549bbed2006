import { beforeEach, describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const POLICIES = '/api/v1/policies';
const RULES = {
  profiles: ['tls-server'],
  dnsNames: [{ name: 'Internal', match: 'any-depth', acme: 'pre-authorized' }],
  ipRanges: [{ range: '10.0.0.0/8' }],
  maxValiditySeconds: 86_400,
};

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

async function create(rules: object = RULES): Promise<string> {
  const { status, json } = await live.send(POLICIES, { body: { name: 'web', rules } });
  expect(status).toBe(201);
  return String(json.id);
}

async function evaluate(id: string, body: object) {
  return live.send(`${POLICIES}/${id}/evaluate`, { body });
}

describe('/api/v1/policies', () => {
  it('creates, reads, lists, changes and deletes policies', async () => {
    const created = await live.send(POLICIES, { body: { name: 'web', rules: RULES } });
    expect(created.status).toBe(201);
    const { id } = created.json;
    expect(created.json).toEqual({
      id: expect.stringMatching(/^pol-[a-z0-9]{12}$/),
      accountId: 'root',
      name: 'web',
      rules: {
        authorities: 'any',
        profiles: ['tls-server'],
        issues: ['leaf'],
        dnsNames: [
          { name: 'internal', match: 'any-depth', wildcards: false, acme: 'pre-authorized' },
        ],
        ipRanges: [{ range: '10.0.0.0/8', acme: 'prove' }],
        emailDomains: [],
        uriPrefixes: [],
        subject: {},
        maxValiditySeconds: 86_400,
        maxValidCertificates: null,
      },
      revision: 1,
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
      updatedAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    const path = `${POLICIES}/${id}`;
    expect(created.headers.get('Location')).toBe(path);
    expect((await live.send(path)).json).toEqual(created.json);
    expect((await live.send(POLICIES)).json).toEqual({ policies: [created.json], next: null });

    const changed = await live.send(path, {
      method: 'PATCH',
      body: { rules: { dnsNames: 'any' } },
    });
    expect(changed.json).toMatchObject({
      name: 'web',
      revision: 2,
      rules: { dnsNames: 'any', ipRanges: [], profiles: 'any' },
    });
    expect((await live.send(path, { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      const { status, json } = await live.send(path, { method });
      expect([status, json.code]).toEqual([404, 'policy-not-found']);
    }
  });

  it.each([
    ['no rules', { name: 'a' }, 'missing-parameter', 'rules'],
    ['a list as rules', { name: 'a', rules: [] }, 'invalid-parameter', 'rules'],
    ['an unknown rule', { name: 'a', rules: { hosts: [] } }, 'invalid-parameter', 'rules'],
    ['an unknown field', { name: 'a', rules: {}, id: 'x' }, 'invalid-parameter', 'id'],
    [
      'an unknown account',
      { name: 'a', rules: {}, accountId: 'acct-none' },
      'account-not-found',
      'accountId',
    ],
  ])('refuses %s', async (_, body, code, field) => {
    const { json } = await live.send(POLICIES, { body });
    expect(json).toMatchObject({ code, field });
  });
});

describe('POST /api/v1/policies/{id}/evaluate', () => {
  it('says what is permitted, for each rule and name', async () => {
    const id = await create();
    const asked = { profile: 'tls-server', validitySeconds: 3600 };
    const good = { names: { dns: ['db.internal'], ip: ['10.0.0.5'] }, ...asked };
    expect((await evaluate(id, good)).json).toEqual({
      permitted: true,
      findings: [],
      names: [
        { kind: 'dns', name: 'db.internal', permitted: true, acme: 'pre-authorized' },
        { kind: 'ip', name: '10.0.0.5', permitted: true, acme: 'prove' },
      ],
    });
    const bad = { subject: 'CN=www.example.com,O=Evil', names: { dns: ['a.internal', 'b.test'] } };
    const { json } = await evaluate(id, bad);
    expect(json).toMatchObject({
      permitted: false,
      names: [
        { name: 'a.internal', permitted: true },
        { name: 'b.test', permitted: false, acme: null },
      ],
    });
    const findings: unknown = json.findings;
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: 'profiles', name: 'tls-server-client' }),
        expect.objectContaining({ rule: 'maxValiditySeconds' }),
        expect.objectContaining({ rule: 'dnsNames', name: 'b.test' }),
        expect.objectContaining({ rule: 'dnsNames', name: 'www.example.com' }),
        expect.objectContaining({ rule: 'subject', name: 'O=Evil' }),
      ]),
    );
  });

  it('takes subject and names from a CSR, and checks it', async () => {
    const id = await create();
    const csr = await makeCsrPem({ subject: [commonName('host.internal')] });
    const asked = { csr, profile: 'tls-server', validitySeconds: 60 };
    expect((await evaluate(id, asked)).json).toMatchObject({
      permitted: true,
      names: [{ name: 'host.internal' }],
    });
    expect((await evaluate(id, { csr: 'x' })).json).toMatchObject({ code: 'malformed-csr' });
    expect((await evaluate(id, { authority: 'ca-none' })).json).toMatchObject({
      code: 'authority-not-found',
    });
    expect((await evaluate('pol-none', asked)).json).toMatchObject({ code: 'policy-not-found' });
    expect((await evaluate(id, { kind: 'ca' })).json).toMatchObject({
      findings: [{ rule: 'issues' }],
    });
  });
});

describe('policyId', () => {
  const issue = async (host: string, as?: string) => {
    const csr = await makeCsrPem({ subject: [commonName(host)] });
    const body = { csr, profile: 'tls-server', validitySeconds: 3600 };
    return live.send('/api/v1/certificates', {
      body,
      ...(as === undefined ? {} : { as }),
    });
  };

  it('of an access key bounds what it has certified', async () => {
    const policyId = await create();
    const scopes = ['certificates:Issue', 'accounts:Manage', 'policies:Manage'];
    const created = await live.send('/api/v1/access-keys', {
      body: { name: 'bound', scopes, policyId },
    });
    expect(created.json).toMatchObject({ policyId });
    const as = `Basic ${btoa(`${created.json.id}:${created.json.secret}`)}`;
    expect((await issue('a.internal', as)).status).toBe(201);
    const refused = await issue('a.test', as);
    expect([refused.status, refused.json.code]).toEqual([403, 'policy-violated']);
    expect(String(refused.json.detail)).toMatch(/a\.test/);

    const path = `/api/v1/access-keys/${created.json.id}`;
    const own = await live.send(path, { method: 'PATCH', body: { policyId: null }, as });
    expect(own.status).toBe(403);
    const inUse = await live.send(`${POLICIES}/${policyId}`, { method: 'DELETE' });
    expect(inUse.json).toMatchObject({ code: 'in-use' });
    const freed = await live.send(path, { method: 'PATCH', body: { policyId: null } });
    expect(freed.json).toMatchObject({ policyId: null });
    expect((await issue('a.test', as)).status).toBe(201);
    const unknown = await live.send(path, { method: 'PATCH', body: { policyId: 'pol-none' } });
    expect(unknown.json).toMatchObject({ code: 'policy-not-found', field: 'policyId' });
  });

  it('of an account and of an authority bounds all that they sign', async () => {
    const policyId = await create();
    const account = await live.send('/api/v1/accounts', { body: { name: 'team', policyId } });
    expect(account.json).toMatchObject({ policyId });
    const key = await live.send('/api/v1/access-keys', {
      body: { name: 'k', scopes: ['certificates:Issue'], accountId: account.json.id },
    });
    const as = `Basic ${btoa(`${key.json.id}:${key.json.secret}`)}`;
    expect((await issue('a.test', as)).json).toMatchObject({ code: 'policy-violated' });
    const freed = await live.send(`/api/v1/accounts/${account.json.id}`, {
      method: 'PATCH',
      body: { policyId: null },
    });
    expect(freed.json).toMatchObject({ policyId: null });
    expect((await issue('a.test', as)).status).toBe(201);

    const noLeaf = await create({ issues: ['ca'] });
    const path = '/api/v1/authorities/default';
    const body = { policyId: noLeaf, acme: { externalAccountRequired: false } };
    const authority = await live.send(path, { method: 'PATCH', body });
    expect(authority.json).toMatchObject(body);
    expect((await live.send(path)).json).toMatchObject(body);
    expect((await issue('a.test')).json).toMatchObject({ code: 'policy-violated' });
    const reset = await live.send(path, { method: 'PATCH', body: { policyId: null, acme: null } });
    expect(reset.json).toMatchObject({
      policyId: null,
      acme: { externalAccountRequired: true },
      profiles: null,
    });
    expect((await issue('a.test')).status).toBe(201);
    for (const acme of [{}, { externalAccountRequired: 'no' }, { other: true }]) {
      const { status, json } = await live.send(path, { method: 'PATCH', body: { acme } });
      expect([status, json.field]).toEqual([400, 'acme']);
    }
    expect((await live.send(path, { method: 'PATCH', body: {} })).status).toBe(400);
  });
});
