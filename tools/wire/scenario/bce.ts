import type { CallOptions, Client } from '../client.ts';
import { HOST } from '../client.ts';
import { deriveKey, derivePem, exportPublicKey } from '../keys.ts';
import { type BceParts, type Credentials, encodePairs, signBce } from '../sign-requests.ts';
import { leaf } from './certificates.ts';

const PATH = '/v1/certificate';

interface BceOptions extends Omit<CallOptions, 'as'> {
  readonly as?: Credentials;
  readonly query?: Readonly<Record<string, string>>;
  readonly sign?: Partial<BceParts>;
}

/** Records a call that is signed by bce-auth-v1. */
export function callBce(
  client: Client,
  name: string,
  method: string,
  path: string,
  options: BceOptions = {},
) {
  const { as = client.root, query = {}, sign = {}, headers, ...rest } = options;
  const pairs = encodePairs(query);
  const authorization = signBce(as, { method, path, query, host: HOST, ...sign });
  return client.call(`bce: ${name}`, `${method} ${path}${pairs === '' ? '' : `?${pairs}`}`, {
    ...rest,
    as: null,
    headers: { Authorization: authorization, ...headers },
  });
}

/** The bce dialect: its own spelling, its operations, its signature. */
export async function recordBce(client: Client): Promise<void> {
  const { openssl } = client;
  const certServerData = openssl.makeCertificate(leaf('bce'), null);
  const certPrivateData = derivePem('bce');
  const base = { certServerData, certPrivateData };
  const add = async (name: string, body: unknown) => {
    const answer = await callBce(client, `add ${name}`, 'POST', PATH, { body });
    if (answer.status === 200)
      client.keep(`bce ${name}`, answer.at('certId') || answer.at('certid'));
  };
  await add('one', { certName: 'bce-one', ...base });
  await add('lower', {
    certname: 'bce-lower',
    certserverdata: certServerData,
    certprivatedata: certPrivateData,
  });
  await add('client', { certName: 'bce-client', certServerData, certType: 2 });
  await add('sealed', {
    certName: 'bce-sealed',
    ...base,
    uploadPublicKey: exportPublicKey(deriveKey('upload')),
  });
  const wrong: Readonly<Record<string, unknown>> = {
    'taken name': { certName: 'bce-one', ...base },
    'taken name in small letters': {
      certname: 'bce-one',
      certserverdata: certServerData,
      certprivatedata: certPrivateData,
    },
    'no name': base,
    'odd name': { certName: '1', ...base },
    'name as number': { certName: 1, ...base },
    'no certificate': { certName: 'x' },
    'no key': { certName: 'x', certServerData },
    'empty key': { certName: 'x', certServerData, certPrivateData: '' },
    'broken certificate': { certName: 'x', ...base, certServerData: 'x' },
    'broken key': { certName: 'x', ...base, certPrivateData: 'x' },
    'another key': { certName: 'x', ...base, certPrivateData: derivePem('other') },
    'foreign chain': { certName: 'x', ...base, certLinkData: client.get('elsewhere root') },
    'broken chain': { certName: 'x', ...base, certLinkData: 'x' },
    'odd type': { certName: 'x', ...base, certType: 3 },
    'type as text': { certName: 'x', ...base, certType: '1' },
    'broken upload key': { certName: 'x', ...base, uploadPublicKey: 'x' },
    expired: {
      certName: 'x',
      certServerData: openssl.makeShortLived(
        leaf('expired'),
        Date.UTC(2020, 0, 1),
        Date.UTC(2021, 0, 1),
      ),
      certPrivateData: derivePem('expired'),
    },
    'two spellings': { certName: 'x', certname: 'x', ...base },
    'no JSON': '{"certName":',
    'an array': [],
    'a field twice': '{"certName":"a","certName":"b"}',
    'no UTF-8': new Uint8Array([0xff, 0xfe]),
    'too much': `{"certName":"${'a'.repeat(1024 * 1024)}"}`,
  };
  for (const [name, body] of Object.entries(wrong)) await add(`with ${name}`, body);
  await callBce(client, 'add nothing', 'POST', PATH, { body: '' });
  await recordReading(client);
  await recordChanging(client, base);
  await recordSignatures(client);
}

async function recordReading(client: Client): Promise<void> {
  const id = client.get('bce one');
  for (const [name, path, query] of [
    ['list', PATH, {}],
    ['list in small letters', PATH, { certname: 'bce-one' }],
    ['list by name', PATH, { certName: 'bce-one' }],
    ['list by unknown name', PATH, { certName: 'nobody' }],
    ['list of details', `${PATH}/detail`, {}],
    ['read', `${PATH}/${id}`, {}],
    ['detail', `${PATH}/${id}/detail`, {}],
    ['raw data', `${PATH}/${id}/rawdata`, {}],
    ['raw data of a client', `${PATH}/${client.get('bce client')}/rawdata`, {}],
    ['raw data of what is sealed', `${PATH}/${client.get('bce sealed')}/rawdata`, {}],
    ['read unknown', `${PATH}/cert-000000000000`, {}],
    ['read odd id', `${PATH}/cert-0`, {}],
    ['detail of unknown', `${PATH}/cert-000000000000/detail`, {}],
    ['raw data of unknown', `${PATH}/cert-000000000000/rawdata`, {}],
  ] as const) {
    await callBce(client, name, 'GET', path, { query });
    await callBce(client, `${name}, HEAD`, 'HEAD', path, { query });
  }
  await callBce(client, 'read with a request id', 'GET', `${PATH}/${id}`, {
    headers: { 'x-bce-request-id': 'wire-request' },
  });
  await callBce(client, 'error with a request id', 'GET', `${PATH}/cert-000000000000`, {
    headers: { 'x-bce-request-id': 'wire-request' },
  });
  await callBce(client, 'read with an odd request id', 'GET', `${PATH}/${id}`, {
    headers: { 'x-bce-request-id': 'a b' },
  });
  const reader = { id: client.get('key reader'), secret: client.get('secret reader') };
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  await callBce(client, 'without the scope', 'GET', PATH, { as: reader });
  await callBce(client, 'of another account', 'GET', `${PATH}/${id}`, { as: web });
  await callBce(client, 'list of another account', 'GET', PATH, { as: web });
  await callBce(client, 'one too many', 'POST', PATH, {
    as: web,
    body: {
      certName: 'full',
      certServerData: client.get('pem of kept'),
      certPrivateData: derivePem('kept'),
    },
  });
}

async function recordChanging(client: Client, base: object): Promise<void> {
  const path = `${PATH}/${client.get('bce one')}`;
  const put = (name: string, query: Record<string, string>, body: unknown, at = path) =>
    callBce(client, name, 'PUT', at, { query, body });
  await put('rename', { certName: '' }, { certName: 'bce-new' });
  await put('rename to the same', { certName: '' }, { certName: 'bce-new' });
  await put('rename to a taken name', { certName: '' }, { certName: 'bce-lower' });
  await put('rename to an odd name', { certName: '' }, { certName: '1' });
  await put('rename without a name', { certName: '' }, {});
  await put('rename in small letters', { certname: '' }, { certname: 'bce-newer' });
  await put('rename unknown', { certName: '' }, { certName: 'x' }, `${PATH}/cert-000000000000`);
  await put('replace what is valid', { certData: '' }, { certName: 'x', ...base });
  await put(
    'replace unknown',
    { certData: '' },
    { certName: 'x', ...base },
    `${PATH}/cert-000000000000`,
  );
  await put('change nothing', {}, {});
  await put('change both', { certName: '', certData: '' }, {});
  const binding = { serviceName: 'bcd', resourceId: 'www' };
  await client.call('bce: bind', `PUT /api/v1/inventory/${client.get('bce one')}/bindings`, {
    body: binding,
  });
  await callBce(client, 'detail of what is bound', 'GET', `${path}/detail`);
  await callBce(client, 'detail of what is bound, in small letters', 'GET', `${path}/detail`, {
    query: { certname: '' },
  });
  await callBce(client, 'delete what is bound', 'DELETE', path);
  await callBce(client, 'delete', 'DELETE', `${PATH}/${client.get('bce client')}`);
  await callBce(client, 'delete again', 'DELETE', `${PATH}/${client.get('bce client')}`);
}

async function recordSignatures(client: Client): Promise<void> {
  const now = Date.now();
  const signs: Readonly<Record<string, Partial<BceParts>>> = {
    'too old': { signedAtMs: now - 3600_000 },
    'too short': { signedAtMs: now - 60_000, validForSeconds: 10 },
    'too far ahead': { signedAtMs: now + 3600_000 },
    'another method': { method: 'PUT' },
    'another path': { path: '/v1/other' },
    'another host': { host: 'other.test' },
    'another query': { query: { a: 'b' } },
  };
  for (const [name, sign] of Object.entries(signs)) {
    await callBce(client, `signature: ${name}`, 'GET', PATH, { sign });
  }
  const { id } = client.root;
  await callBce(client, 'signature: wrong secret', 'GET', PATH, { as: { id, secret: 'x' } });
  await callBce(client, 'signature: unknown key', 'GET', PATH, {
    as: { id: 'nobody', secret: 'x' },
  });
  const disabled = { id: client.get('key disabled'), secret: client.get('secret disabled') };
  const brief = { id: client.get('key brief'), secret: client.get('secret brief') };
  await callBce(client, 'signature: deleted key', 'GET', PATH, { as: disabled });
  await callBce(client, 'signature: expired key', 'GET', PATH, { as: brief });
  const prefix = `bce-auth-v1/${id}/2026-01-01T00:00:00Z/1800`;
  for (const [name, Authorization] of Object.entries({
    'no form': 'bce-auth-v1/x',
    'no scheme': 'x',
    basic: 'Basic eDp4',
    'a day that is none': `bce-auth-v1/${id}/2026-02-31T00:00:00Z/1800/host/00`,
    'no host': `${prefix}/x-bce-date/00`,
    'a header twice': `${prefix}/host;host/00`,
    'an odd header': `${prefix}/host;a(b/00`,
  })) {
    await callBce(client, `signature: ${name}`, 'GET', PATH, { headers: { Authorization } });
  }
  for (const [name, headers] of Object.entries({
    'odd x-bce-date': { 'x-bce-date': 'x' },
    'another x-bce-date': { 'x-bce-date': '2020-01-01T00:00:00Z' },
    'a security token': { 'x-bce-security-token': 'x' },
    'wrong Content-MD5': { 'Content-MD5': 'AAAA' },
    'from another site': { 'Sec-Fetch-Site': 'cross-site' },
  })) {
    await callBce(client, `signature: ${name}`, 'POST', PATH, { headers, body: {} });
  }
}
