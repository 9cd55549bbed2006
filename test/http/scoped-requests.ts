import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { CA_EXTENSIONS, makeCertificate, openIssuer, toPem } from '../authorities/make-ca.ts';
import { keyPem } from '../fixtures.ts';
import { LEAF_KEY_PEM, uploadPem } from '../inventory/uploads.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { createPolicy, openServices } from '../policy/live-services.ts';
import { openRegistered } from './acme/acme-client.ts';
import { create, expire, UPLOAD } from './bce/live-bce.ts';
import type { LiveWorker } from './live.ts';

/** The parts of a request that its method and path pattern do not say. */
export interface RequestParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

/** Prepares the database for a request that succeeds, as root, and returns its parts. */
type Prepare = (live: LiveWorker) => Promise<RequestParts>;

const AUTHORITIES = '/api/v1/authorities';
const INSTANCES = '/api/v1/external-ca-instances';
const RESPONDER = `${AUTHORITIES}/default/ocsp-responder`;
const TARGET = { serviceName: 'cdn', resourceId: 'www' };
const API_UPLOAD = { certificate: uploadPem('leaf'), privateKey: LEAF_KEY_PEM };
const WEBHOOK = { name: 'w', url: 'https://hooks.example.com/signet' };
const CA = { name: 'A', subject: 'CN=A' };

const nothing: Prepare = async () => ({});

function send(body: unknown): Prepare {
  return async () => ({ body });
}

/** Names the object that `prepare` creates in the path. */
function about(
  param: string,
  prepare: (live: LiveWorker) => Promise<string>,
  body?: unknown,
): Prepare {
  return async (live) => ({ params: { [param]: await prepare(live) }, body });
}

/** Creates an object as root and returns a field of the answer. */
async function make(live: LiveWorker, path: string, body: unknown, field = 'id'): Promise<string> {
  const headers = { Accept: 'application/json' };
  const { status, json, text } = await live.send(path, { body, headers });
  if (status !== 201 && status !== 200) throw new Error(`${path}: ${text}`);
  return String(json[field]);
}

async function makeIssueRequest(): Promise<{ readonly csr: string }> {
  return { csr: await makeCsrPem({ subject: [commonName('host.test')] }) };
}

async function issue(live: LiveWorker): Promise<string> {
  return make(live, '/api/v1/certificates', await makeIssueRequest(), 'serial');
}

async function hold(live: LiveWorker): Promise<string> {
  const serial = await issue(live);
  const body = { reason: 'certificateHold' };
  await make(live, `/api/v1/certificates/${serial}/revoke`, body);
  return serial;
}

function createAuthority(live: LiveWorker): Promise<string> {
  return make(live, AUTHORITIES, CA);
}

async function disableAuthority(live: LiveWorker): Promise<string> {
  const id = await createAuthority(live);
  await make(live, `${AUTHORITIES}/${id}/disable`, '');
  return id;
}

async function completeAuthority(live: LiveWorker): Promise<RequestParts> {
  const pending = await live.send(`${AUTHORITIES}/requests`, { body: CA });
  const csr = parseCsr(decodeCsr(String(pending.json.request)));
  const parent = await openIssuer('CN=Elsewhere', 'p-256');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const options = {
    notBeforeSeconds: nowSeconds - 9,
    notAfterSeconds: nowSeconds + 86400,
    extensionsDer: CA_EXTENSIONS,
  };
  const subject = { subjectDer: csr.subjectDer, signer: { publicKey: csr.publicKey } };
  const certificate = toPem(
    await makeCertificate(parent, subject, options),
    await makeCertificate(parent, parent, options),
  );
  return { params: { id: String(pending.json.id) }, body: { certificate } };
}

async function importAuthority(): Promise<RequestParts> {
  const ca = await openIssuer('CN=Imported', 'p-384');
  const nowSeconds = Math.floor(Date.now() / 1000);
  const der = await makeCertificate(ca, ca, {
    notBeforeSeconds: nowSeconds - 9,
    notAfterSeconds: nowSeconds + 86400,
  });
  return { body: { name: 'Imported', certificate: toPem(der), privateKey: keyPem('p-384') } };
}

async function seal(live: LiveWorker): Promise<RequestParts> {
  await make(live, '/api/v1/jobs/seal-audit', '');
  return {};
}

async function createResponder(live: LiveWorker): Promise<RequestParts> {
  await live.send(RESPONDER, { method: 'PUT', body: {} });
  return { params: { id: 'default' } };
}

function createInstance(live: LiveWorker): Promise<string> {
  return make(live, INSTANCES, {}, 'instanceId');
}

async function createKey(live: LiveWorker): Promise<string> {
  return (await live.createKey(['inventory:Read'])).id;
}

function makePolicy(live: LiveWorker): Promise<string> {
  return make(live, '/api/v1/policies', { name: 'web', rules: {} });
}

async function describeEabKey(live: LiveWorker) {
  return { name: 'web', policyId: await createPolicy(openServices(live.db), {}) };
}

async function createEabKey(live: LiveWorker): Promise<string> {
  return make(live, '/api/v1/acme/eab-keys', await describeEabKey(live));
}

async function createWebhook(live: LiveWorker): Promise<string> {
  return make(live, '/api/v1/webhooks', WEBHOOK);
}

async function recordDelivery(live: LiveWorker): Promise<{ id: string; eventId: string }> {
  const id = await createWebhook(live);
  await live.db
    .prepare(`INSERT INTO webhook_deliveries (webhook_id, position, at_ms, type, state, attempts,
  first_at_ms, last_at_ms) VALUES (?, 1, 5, 'webhook.test', 'failed', 1, 6, 6)`)
    .bind(id)
    .run();
  return { id, eventId: 'evt-1-5' };
}

async function createAcmeAccount(live: LiveWorker): Promise<string> {
  return (await openRegistered(live)).id;
}

async function createExpired(live: LiveWorker): Promise<string> {
  const id = await create(live);
  await expire(live, id);
  return id;
}

async function createBound(live: LiveWorker): Promise<string> {
  const id = await create(live);
  await live.send(`/api/v1/inventory/${id}/bindings`, { method: 'PUT', body: TARGET });
  return id;
}

const BCE_ONE = '/v1/certificate/:id{cert-[a-z0-9]+}';

/** For each route that needs a scope, a request that succeeds with this scope. */
export const SCOPED_REQUESTS: Readonly<Record<string, Prepare>> = {
  'POST /api/v1/certificates': async () => ({ body: await makeIssueRequest() }),
  'POST /api/v1/certificates/preview': async () => ({ body: await makeIssueRequest() }),
  'GET /api/v1/certificates': nothing,
  'GET /api/v1/profiles': nothing,
  'GET /metrics': nothing,
  'GET /api/v1/certificates/:serial': about('serial', issue),
  'POST /api/v1/certificates/:serial/revoke': about('serial', issue, { reason: 'superseded' }),
  'POST /api/v1/certificates/:serial/release': about('serial', hold),
  'POST /api/v1/revocations': async (live) => ({ body: { serial: await issue(live) } }),

  'GET /api/v1/audit': nothing,
  'GET /api/v1/audit/verify': nothing,
  'GET /api/v1/audit/checkpoint': seal,
  'POST /api/v1/jobs/:name': async () => ({ params: { name: 'seal-audit' } }),

  'GET /api/v1/authorities': nothing,
  'POST /api/v1/authorities': send(CA),
  'POST /api/v1/authorities/requests': send(CA),
  'POST /api/v1/authorities/import': importAuthority,
  'GET /api/v1/authorities/:id': about('id', createAuthority),
  'PATCH /api/v1/authorities/:id': about('id', createAuthority, { profiles: null }),
  'POST /api/v1/authorities/:id/certificate': completeAuthority,
  'POST /api/v1/authorities/:id/renew': about('id', createAuthority, {}),
  'POST /api/v1/authorities/:id/rekey': about('id', createAuthority, {}),
  'POST /api/v1/authorities/:id/disable': about('id', createAuthority),
  'POST /api/v1/authorities/:id/enable': about('id', disableAuthority),
  'POST /api/v1/authorities/:id/revoke': about('id', createAuthority, {}),
  'GET /api/v1/authorities/:id/ocsp-responder': createResponder,
  'PUT /api/v1/authorities/:id/ocsp-responder': async () => ({
    params: { id: 'default' },
    body: {},
  }),
  'DELETE /api/v1/authorities/:id/ocsp-responder': createResponder,
  'POST /api/v1/authorities/:authority/history': async () => ({
    params: { authority: 'default' },
    body: { lastCrlNumber: 77 },
  }),

  'GET /api/v1/external-ca-instances': nothing,
  'POST /api/v1/external-ca-instances': send({}),
  'GET /api/v1/external-ca-instances/:id': about('id', createInstance),
  'POST /api/v1/external-ca-instances/:id/refund': about('id', createInstance),

  'GET /api/v1/accounts': nothing,
  'GET /api/v1/sessions': nothing,
  'DELETE /api/v1/sessions/:id': about('id', (live) =>
    make(live, '/api/v1/sessions', { accessKeyId: 'root-key', secret: 'root-secret-for-tests' }),
  ),
  'POST /api/v1/accounts': send({ name: 'new' }),
  'GET /api/v1/accounts/:id': about('id', (live) => live.createAccount()),
  'PATCH /api/v1/accounts/:id': about('id', (live) => live.createAccount(), { name: 'changed' }),
  'DELETE /api/v1/accounts/:id': about('id', (live) => live.createAccount()),
  'GET /api/v1/access-keys': nothing,
  'POST /api/v1/access-keys': send({ name: 'new', scopes: ['accounts:Manage'] }),
  'GET /api/v1/access-keys/:id': about('id', createKey),
  'PATCH /api/v1/access-keys/:id': about('id', createKey, { name: 'changed' }),
  'DELETE /api/v1/access-keys/:id': about('id', createKey),

  'GET /api/v1/policies': nothing,
  'POST /api/v1/policies': send({ name: 'new', rules: {} }),
  'GET /api/v1/policies/:id': about('id', makePolicy),
  'PATCH /api/v1/policies/:id': about('id', makePolicy, { name: 'changed' }),
  'DELETE /api/v1/policies/:id': about('id', makePolicy),
  'POST /api/v1/policies/:id/evaluate': about('id', makePolicy, { names: { dns: ['a.test'] } }),

  'GET /api/v1/acme/eab-keys': nothing,
  'POST /api/v1/acme/eab-keys': async (live) => ({ body: await describeEabKey(live) }),
  'GET /api/v1/acme/eab-keys/:id': about('id', createEabKey),
  'PATCH /api/v1/acme/eab-keys/:id': about('id', createEabKey, { enabled: false }),
  'DELETE /api/v1/acme/eab-keys/:id': about('id', createEabKey),
  'GET /api/v1/acme/accounts': nothing,
  'GET /api/v1/acme/accounts/:id': about('id', createAcmeAccount),
  'POST /api/v1/acme/accounts/:id/deactivate': about('id', createAcmeAccount),

  'GET /api/v1/webhooks': nothing,
  'POST /api/v1/webhooks': send(WEBHOOK),
  'GET /api/v1/webhooks/:id': about('id', createWebhook),
  'PATCH /api/v1/webhooks/:id': about('id', createWebhook, { enabled: false }),
  'DELETE /api/v1/webhooks/:id': about('id', createWebhook),
  'POST /api/v1/webhooks/:id/rotate-secret': about('id', createWebhook),
  'POST /api/v1/webhooks/:id/test': about('id', createWebhook),
  'GET /api/v1/webhooks/:id/deliveries': about('id', createWebhook),
  'POST /api/v1/webhooks/:id/deliveries/:eventId/replay': async (live) => ({
    params: await recordDelivery(live),
  }),

  'GET /api/v1/inventory': nothing,
  'POST /api/v1/inventory': send({ name: 'new', ...API_UPLOAD }),
  'GET /api/v1/inventory/:id': about('id', create),
  'PUT /api/v1/inventory/:id': about('id', createExpired, API_UPLOAD),
  'PATCH /api/v1/inventory/:id': about('id', create, { name: 'changed' }),
  'DELETE /api/v1/inventory/:id': about('id', create),
  'GET /api/v1/inventory/:id/private-key': about('id', create),
  'GET /api/v1/inventory/:id/bindings': about('id', create),
  'PUT /api/v1/inventory/:id/bindings': about('id', create, TARGET),
  'DELETE /api/v1/inventory/:id/bindings': about('id', createBound, TARGET),

  'POST /v1/certificate': send(UPLOAD),
  'GET /v1/certificate': nothing,
  'GET /v1/certificate/detail': nothing,
  [`GET ${BCE_ONE}`]: about('id', create),
  [`PUT ${BCE_ONE}`]: async (live) => ({
    params: { id: await createExpired(live) },
    query: '?certData=',
    body: UPLOAD,
  }),
  [`DELETE ${BCE_ONE}`]: about('id', create),
  [`GET ${BCE_ONE}/detail`]: about('id', create),
  [`GET ${BCE_ONE}/rawData`]: about('id', create),
  [`GET ${BCE_ONE}/rawdata`]: about('id', create),
};
