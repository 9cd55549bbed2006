import type { CallOptions, Client } from '../client.ts';
import { HOST } from '../client.ts';
import { type Credentials, encodePairs, signV1, signV3 } from '../sign-requests.ts';

export interface RpcOptions {
  readonly as?: Credentials;
  /** The signature's version; 3 if it is left out. */
  readonly signature?: 1 | 3;
  readonly method?: 'GET' | 'POST';
  /** Over and beside what is signed: a value that replaces another breaks the signature. */
  readonly change?: Readonly<Record<string, string>>;
  /** Parts of what is signed. */
  readonly sign?: Readonly<Record<string, string>>;
  readonly extra?: CallOptions;
  readonly nonce?: string;
}

let count = 0;

/** A signed RPC call: its target and what goes with it. */
export function makeRpc(
  client: Client,
  action: string,
  parameters: Readonly<Record<string, string>>,
  options: RpcOptions = {},
): { target: string; options: CallOptions } {
  const { as = client.root, signature = 3, method = 'POST', change = {}, sign = {} } = options;
  const nonce = options.nonce ?? `wire-nonce-${count++}`;
  if (signature === 1) {
    const all = { Action: action, Version: '2020-06-30', SignatureNonce: nonce, Format: 'JSON' };
    const signed = { ...signV1(method, as, { ...all, ...parameters, ...sign }), ...change };
    return method === 'GET'
      ? { target: `GET /?${encodePairs(signed)}`, options: { as: null, ...options.extra } }
      : {
          target: 'POST /',
          options: { as: null, body: encodePairs(signed), headers: FORM, ...options.extra },
        };
  }
  const body = method === 'POST' ? encodePairs(parameters) : '';
  const query = method === 'POST' ? {} : parameters;
  const headers = signV3(as, {
    method,
    host: HOST,
    action,
    nonce,
    query,
    body,
    headers: body === '' ? sign : { 'content-type': FORM['Content-Type'], ...sign },
  });
  return {
    target: `${method} /${method === 'GET' ? `?${encodePairs(query)}` : ''}`,
    options: {
      as: null,
      headers: { ...headers, ...change },
      ...(body === '' ? {} : { body }),
      ...options.extra,
    },
  };
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

export function callRpc(
  client: Client,
  name: string,
  action: string,
  parameters: Readonly<Record<string, string>> = {},
  options: RpcOptions = {},
) {
  const rpc = makeRpc(client, action, parameters, options);
  return client.call(`cas: ${name}`, rpc.target, rpc.options);
}

/** Signatures of both versions, and what is wrong with them. */
export async function recordRpcSignatures(client: Client): Promise<void> {
  const action = 'DescribeCACertificateList';
  const { id } = client.root;
  for (const signature of [1, 3] as const) {
    for (const method of ['GET', 'POST'] as const) {
      const call = (name: string, options: RpcOptions, parameters = {}) =>
        callRpc(client, `v${signature} ${method}, ${name}`, action, parameters, {
          signature,
          method,
          ...options,
        });
      await call('right', {}, { Identifier: 'default' });
      await call('wrong secret', { as: { id, secret: 'x' } });
      await call('unknown key', { as: { id: 'nobody', secret: 'x' } });
      const nonce = `wire-twice-${signature}-${method}`;
      await call('nonce', { nonce }, { Identifier: 'default' });
      await call('nonce again', { nonce }, { Identifier: 'default' });
    }
  }
  const changes: readonly (readonly [name: string, RpcOptions])[] = [
    ['v1 without key', { signature: 1, change: { AccessKeyId: '' } }],
    ['v1 without signature', { signature: 1, change: { Signature: '' } }],
    ['v1 of another method', { signature: 1, sign: { SignatureMethod: 'HMAC-SHA256' } }],
    ['v1 of another version', { signature: 1, sign: { SignatureVersion: '2.0' } }],
    ['v1 without nonce', { signature: 1, nonce: '' }],
    ['v1 with a long nonce', { signature: 1, nonce: 'n'.repeat(200) }],
    ['v1 with an old time', { signature: 1, sign: { Timestamp: '2020-01-01T00:00:00Z' } }],
    ['v1 with a time to come', { signature: 1, sign: { Timestamp: '2090-01-01T00:00:00Z' } }],
    ['v1 with no time', { signature: 1, sign: { Timestamp: 'x' } }],
    ['v1 with a security token', { signature: 1, sign: { SecurityToken: 'x' } }],
    ['v1 of another API version', { signature: 1, sign: { Version: '2018-08-13' } }],
    ['v1 without API version', { signature: 1, sign: { Version: '' } }],
    ['v1 as XML', { signature: 1, sign: { Format: 'XML' } }],
    ['v3 with an old time', { sign: { 'x-acs-date': '2020-01-01T00:00:00Z' } }],
    ['v3 with no time', { sign: { 'x-acs-date': 'x' } }],
    ['v3 with a security token', { sign: { 'x-acs-security-token': 'x' } }],
    ['v3 of another API version', { sign: { 'x-acs-version': '2018-08-13' } }],
    ['v3 with a wrong digest', { sign: { 'x-acs-content-sha256': '0'.repeat(64) } }],
    ['v3 without nonce', { nonce: '' }],
    ['v3 of another algorithm', { change: { Authorization: 'ACS3-RSA-SHA256 Credential=a' } }],
    ['v3 of no form', { change: { Authorization: 'ACS3-HMAC-SHA256 x' } }],
    [
      'v3 with an odd header',
      { change: { Authorization: 'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=A,Signature=0' } },
    ],
    [
      'v3 with a header twice',
      {
        change: {
          Authorization: 'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host;host,Signature=0',
        },
      },
    ],
    [
      'v3 with few headers',
      { change: { Authorization: 'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=0' } },
    ],
    ['from another site', { change: { Origin: 'https://elsewhere.test' } }],
  ];
  for (const [name, options] of changes) {
    await callRpc(client, `signature: ${name}`, action, { Identifier: 'default' }, options);
  }
  for (const name of ['disabled', 'brief', 'limited'] as const) {
    const as = { id: client.get(`key ${name}`), secret: client.get(`secret ${name}`) };
    await callRpc(client, `signature: key ${name}`, action, {}, { as });
  }
  await callRpc(client, 'no such action', 'NoSuchAction');
  await callRpc(client, 'no action', '', {}, { signature: 1 });
  const requests: Readonly<Record<string, CallOptions & { readonly target: string }>> = {
    'action alone': { target: 'GET /?Action=DescribeCACertificate' },
    'POST without anything': { target: 'POST /', body: '' },
    'POST of JSON': { target: 'POST /', body: {} },
    'POST of broken form': { target: 'POST /', body: 'a=%zz', headers: FORM },
    'parameter twice': { target: 'POST /?Action=a&Action=b', body: '' },
    'query and form differ': { target: 'POST /?Action=a', body: 'Action=b', headers: FORM },
    'no UTF-8': { target: 'POST /', body: new Uint8Array([0xff]), headers: FORM },
    'too much': { target: 'POST /', body: `a=${'a'.repeat(65 * 1024)}`, headers: FORM },
    Basic: { target: 'GET /', as: client.root },
    PUT: { target: 'PUT /', body: '' },
  };
  for (const [name, options] of Object.entries(requests)) {
    await client.call(`cas: request, ${name}`, options.target, { as: null, ...options });
  }
}

/** More calls than one access key may make: only a refusal is recorded. */
export async function recordThrottling(client: Client): Promise<void> {
  const as = { id: client.get('key with an end'), secret: client.get('secret with an end') };
  const send = () => {
    const rpc = makeRpc(client, 'DescribeCACertificate', { Identifier: 'no-such' }, { as });
    const request = client.makeRequest(rpc.target, rpc.options);
    return client.recorder.sendOnly(request).then((response) => ({ request, response }));
  };
  for (let round = 0; round < 40; round++) {
    const sent = await Promise.all(Array.from({ length: 25 }, send));
    const refused = sent.find(({ response }) =>
      new TextDecoder().decode(response.body).includes('Throttling'),
    );
    if (refused === undefined) continue;
    client.recorder.keep('cas: throttled', refused.request, refused.response, {});
    return;
  }
  throw new Error('Nothing was throttled.');
}
