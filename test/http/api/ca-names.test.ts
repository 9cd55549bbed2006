import { beforeAll, describe, expect, it } from 'vitest';
import {
  CA_EXTENSIONS,
  type Issuer,
  makeCertificate,
  openIssuer,
  toPem,
} from '../../authorities/make-ca.ts';
import { keyPem } from '../../fixtures.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, dnsName, type KeyPair, makeCsrPem, makeKeyPair } from '../../make-csr.ts';
import { call, createInstance, post } from '../cas/cas-client.ts';
import { captureLog } from '../live.ts';

captureLog();

const PATH = '/api/v1/authorities';
const TIMES = {
  notBeforeSeconds: Math.floor(Date.now() / 1000) - 1000,
  notAfterSeconds: Math.floor(Date.now() / 1000) + 10_000_000,
};

let worker: TestWorker;
beforeAll(async () => {
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

function create(subject: string, fields: object = {}) {
  return post(worker, PATH, { name: 'a', subject, parent: 'default', ...fields });
}

async function issueLeaf(name: string, authority = 'default') {
  const csr = await makeCsrPem({
    subject: [commonName(name)],
    subjectAltNames: [dnsName('a.test')],
  });
  const { response, text } = await worker.send('/api/v1/certificates', {
    method: 'POST',
    headers: { Authorization: AUTHORIZATION, Accept: 'application/json' },
    body: JSON.stringify({ csr, authority }),
  });
  return { status: response.status, body: JSON.parse(text) };
}

async function createExternal(name: string, keyPair: KeyPair, Validity = '1y') {
  const Csr = await makeCsrPem({ subject: [commonName(name)], keyPair });
  return call(worker, { InstanceId: await createInstance(worker), Csr, Validity });
}

async function importCa(issuer: Issuer, keyName: string) {
  const certificate = toPem(await makeCertificate(issuer, issuer, TIMES));
  return post(worker, `${PATH}/import`, {
    name: 'a',
    certificate,
    privateKey: keyPem(keyName),
  });
}

const NAME_OF_CA = { status: 400, body: { code: 'invalid-subject', field: 'subject' } };

describe('the name of a CA', () => {
  it('is refused for another CA, in every spelling and wherever it would be', async () => {
    expect(await create('CN=Reserved,O=Example')).toMatchObject({ status: 201 });
    const parent = await create('CN=Other Parent');
    for (const fields of [{}, { parent: null }, { parent: parent.body.id }]) {
      expect(await create('CN=Reserved,O=Example', fields)).toMatchObject(NAME_OF_CA);
      expect(await create('CN=rESERVED,O=example', fields)).toMatchObject(NAME_OF_CA);
    }
    expect(await create('CN=Reserved')).toMatchObject({ status: 201 });
  });

  it('is refused for a leaf of any authority', async () => {
    expect(await create('CN=No Leaf')).toMatchObject({ status: 201 });
    const other = await create('CN=Of Leaves', { parent: null });
    for (const authority of ['default', other.body.id]) {
      expect(await issueLeaf('no  leaf', authority)).toMatchObject(NAME_OF_CA);
    }
    expect(await issueLeaf('No Leaf 2')).toMatchObject({ status: 201 });
  });

  it('is reserved as soon as its CSR waits for a certificate from elsewhere', async () => {
    const waiting = { name: 'a', subject: 'CN=Waiting' };
    expect(await post(worker, `${PATH}/requests`, waiting)).toMatchObject({ status: 201 });
    expect(await post(worker, `${PATH}/requests`, waiting)).toMatchObject(NAME_OF_CA);
    expect(await create('CN=Waiting')).toMatchObject(NAME_OF_CA);
    expect(await issueLeaf('Waiting')).toMatchObject(NAME_OF_CA);
  });

  it('is refused for an import with another key', async () => {
    expect(await create('CN=Imported Twin')).toMatchObject({ status: 201 });
    const twin = await openIssuer('CN=IMPORTED twin', 'p-384');
    expect(await importCa(twin, 'p-384')).toMatchObject({
      status: 409,
      body: { code: 'import-conflict' },
    });
    const free = await openIssuer('CN=Imported Alone', 'p-384');
    expect(await importCa(free, 'p-384')).toMatchObject({ status: 201 });
    expect(await create('CN=Imported alone')).toMatchObject(NAME_OF_CA);
  });

  it('is that of an external CA, for the same key only', async () => {
    const keyPair = await makeKeyPair();
    for (const validity of ['1y', '2y']) {
      expect(await createExternal('External', keyPair, validity)).toMatchObject({ status: 200 });
    }
    const twin = await createExternal('external', await makeKeyPair());
    expect(twin.body.Code).toBe('InvalidSubject');
    expect(await create('CN=External')).toMatchObject(NAME_OF_CA);
    expect(await issueLeaf('External')).toMatchObject(NAME_OF_CA);
    const root = await createExternal('Signet Root CA', keyPair);
    expect(root.body.Code).toBe('InvalidSubject');
  });

  it('is given once to concurrent requests', async () => {
    const created = await Promise.all(Array.from({ length: 6 }, () => create('CN=Once')));
    expect(created.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400, 400]);
    const keyPairs = await Promise.all(Array.from({ length: 6 }, makeKeyPair));
    const external = await Promise.all(
      keyPairs.map((keyPair) => createExternal('Once External', keyPair)),
    );
    expect(external.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('stays with its authority when that is renewed or re-keyed, and after revocation', async () => {
    const { body } = await create('CN=Kept');
    for (const action of ['renew', 'rekey', 'rekey', 'revoke']) {
      expect((await post(worker, `${PATH}/${body.id}/${action}`)).status, action).toBe(200);
    }
    expect(await create('CN=Kept')).toMatchObject(NAME_OF_CA);
    const root = await create('CN=Kept Root', { parent: null });
    expect((await post(worker, `${PATH}/${root.body.id}/rekey`)).status).toBe(200);
  });
});

describe('the name of a CA elsewhere, above an imported authority', () => {
  it('is refused for what that authority issues', async () => {
    const root = await openIssuer('CN=Elsewhere Root', 'p-521');
    const low = await openIssuer('CN=Elsewhere Low', 'ed25519');
    const chain = toPem(
      await makeCertificate(root, low, { ...TIMES, extensionsDer: CA_EXTENSIONS }),
      await makeCertificate(root, root, TIMES),
    );
    const imported = await post(worker, `${PATH}/import`, {
      name: 'a',
      certificate: chain,
      privateKey: keyPem('ed25519'),
    });
    expect(imported).toMatchObject({ status: 201 });
    const parent = imported.body.id;
    expect(await create('CN=Elsewhere root', { parent })).toMatchObject(NAME_OF_CA);
    expect(await issueLeaf('Elsewhere root', parent)).toMatchObject(NAME_OF_CA);
    expect(await issueLeaf('Elsewhere Low', parent)).toMatchObject(NAME_OF_CA);
  });
});
