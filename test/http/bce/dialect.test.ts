import { describe, expect, it } from 'vitest';
import { SignetError, type SignetErrorCode } from '../../../src/errors.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { CONFIG, createFakeServices, NOW_MS, readText, type Sent } from '../fakes.ts';
import { LEAF_PEM, ROOT_PEM } from '../fixtures/certificates.ts';
import { createFakeInventory, ENTRY, ID, PRIVATE_KEY_PEM } from './fake-inventory.ts';
import { type BceInit, KEY, SECRETS, sendBce, signTarget } from './send-bce.ts';

interface Answer extends Sent {
  readonly text: string;
  readonly json: unknown;
  readonly calls: readonly (readonly unknown[])[];
}

interface AskOptions extends BceInit {
  readonly inventory?: Partial<Inventory>;
  readonly bceFieldCase?: 'camel' | 'lower';
}

async function ask(method: string, target: string, options: AskOptions = {}): Promise<Answer> {
  const { inventory, calls } = createFakeInventory(options.inventory);
  const { services } = await createFakeServices({
    inventory,
    accessKeySecrets: SECRETS,
    config: { ...CONFIG, bceFieldCase: options.bceFieldCase ?? 'camel' },
  });
  const sent = await sendBce(services, method, target, options);
  const text = await readText(sent.response);
  return { ...sent, text, json: text === '' ? null : JSON.parse(text), calls };
}

function refusing(code: SignetErrorCode, field?: string) {
  const refuse = async () => {
    throw new SignetError(code, 'Refused.', field === undefined ? {} : { field });
  };
  return { create: refuse, replace: refuse, rename: refuse, find: refuse, remove: refuse };
}

const principal = (action: string) => ({
  accountId: 'acct-1',
  actor: KEY.id,
  grant: { accessKeyId: KEY.id, scope: `inventory:${action}` },
  policyId: null,
});

const UPLOAD = {
  certName: 'testCert',
  certServerData: LEAF_PEM,
  certPrivateData: PRIVATE_KEY_PEM,
  certLinkData: ROOT_PEM,
  certType: 1,
};
const READ_UPLOAD = {
  type: 1,
  certificate: LEAF_PEM,
  privateKey: PRIVATE_KEY_PEM,
  chain: ROOT_PEM,
  uploadPublicKey: null,
};
const META = {
  certId: ID,
  certName: 'testCert',
  certCommonName: 'leaf.test',
  certFingerprint: '00'.repeat(32),
  certStartTime: '2026-01-30T12:00:00Z',
  certStopTime: '2026-02-01T12:00:00Z',
  certCreateTime: '2026-01-31T11:59:58Z',
  certUpdateTime: '2026-01-31T11:59:59Z',
  certType: 1,
};
const DETAIL = {
  ...META,
  certDNSNames: 'leaf.test,www.leaf.test',
  status: 'UNUSED',
  expired: false,
  resources: [],
};
const BOUND = {
  ...ENTRY,
  notAfterSeconds: NOW_MS / 1000 - 1,
  bindings: [{ serviceName: 'BLB', resourceId: 'lb-1', createdAtMs: 1000, updatedAtMs: 2500 }],
};
const ONE = `/v1/certificate/${ID}`;

describe('an operation of the bce dialect', () => {
  it('creates a certificate', async () => {
    const { response, json, calls, line } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify(UPLOAD),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(json).toEqual({ certId: ID, certName: 'testCert' });
    expect(calls).toEqual([['create', principal('Write'), { name: 'testCert', ...READ_UPLOAD }]]);
    expect(line).toMatchObject({ route: '/v1/certificate', message: `created ${ID}` });
    expect(JSON.stringify(line)).not.toContain('PRIVATE KEY');
  });

  it.each([`${ONE}?certName`, `${ONE}?certName=`, `${ONE}?certName=newName`, `${ONE}?CERTNAME`])(
    'renames by PUT %s',
    async (target) => {
      const { response, text, calls } = await ask('PUT', target, {
        body: '{"certName":"newName"}',
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Length')).toBe('0');
      expect(text).toBe('');
      expect(calls).toEqual([['rename', principal('Write'), ID, 'newName']]);
    },
  );

  it.each([`${ONE}?certData`, `${ONE}?certData=`, `${ONE}?certdata=`])(
    'replaces by PUT %s',
    async (target) => {
      const { response, text, calls } = await ask('PUT', target, { body: JSON.stringify(UPLOAD) });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Length')).toBe('0');
      expect(text).toBe('');
      const replacement = { name: 'testCert', ...READ_UPLOAD };
      expect(calls).toEqual([['replace', principal('Write'), ID, replacement]]);
    },
  );

  it.each([undefined, null, '', ' '])(
    'keeps the name if a replacement has the name %j',
    async (certName) => {
      const { calls } = await ask('PUT', `${ONE}?certData`, {
        body: JSON.stringify({ ...UPLOAD, certName }),
      });
      expect(calls).toEqual([['replace', principal('Write'), ID, { name: null, ...READ_UPLOAD }]]);
    },
  );

  it('refuses a replacement whose name is not a string', async () => {
    const { json, calls } = await ask('PUT', `${ONE}?certData`, {
      body: JSON.stringify({ ...UPLOAD, certName: 1 }),
    });
    expect(json).toMatchObject({ code: 'InappropriateJSON' });
    expect(calls).toEqual([]);
  });

  it.each([ONE, `${ONE}?certname&certdata`, `${ONE}?name`, `${ONE}?certName&certName`])(
    'refuses PUT %s, which names no operation or two',
    async (target) => {
      const { response, json, calls } = await ask('PUT', target, { body: JSON.stringify(UPLOAD) });
      expect(response.status).toBe(400);
      expect(json).toMatchObject({ code: 'ParametersInvalid' });
      expect(calls).toEqual([]);
    },
  );

  it('lists certificates', async () => {
    const { json, calls } = await ask('GET', '/v1/certificate');
    expect(json).toEqual({ certs: [META] });
    expect(calls).toEqual([['list', principal('Read'), {}]]);
  });

  it('finds by name, in any encoding of the query', async () => {
    const { json, calls } = await ask('GET', '/v1/certificate?certName=a%2db%2E%5fc%2a', {
      inventory: { list: async () => [] },
    });
    expect(json).toEqual({ certs: [] });
    expect(calls).toEqual([]);
    const found = await ask('GET', '/v1/certificate?certName=a%2db%2E%5fc%2a');
    expect(found.calls).toEqual([['list', principal('Read'), { name: 'a-b._c*' }]]);
  });

  it('reads a plus in the query as a plus, as the signature does', async () => {
    const { calls } = await ask('GET', '/v1/certificate?certName=a+b');
    expect(calls).toEqual([['list', principal('Read'), { name: 'a+b' }]]);
  });

  it('lists certificates in detail', async () => {
    const { json, calls } = await ask('GET', '/v1/certificate/detail');
    expect(json).toEqual({ certs: [DETAIL] });
    expect(calls).toEqual([['list', principal('Read'), {}]]);
  });

  it('shows a certificate', async () => {
    const { json, calls } = await ask('GET', ONE);
    expect(json).toEqual(META);
    expect(calls).toEqual([['find', principal('Read'), ID]]);
  });

  it('shows a certificate in detail, with the resources that use it', async () => {
    const { json } = await ask('GET', `${ONE}/detail`, { inventory: { find: async () => BOUND } });
    expect(json).toEqual({
      ...DETAIL,
      certStopTime: '2026-01-31T11:59:59Z',
      status: 'IN_USE',
      expired: true,
      resources: [
        {
          serviceName: 'BLB',
          resourceId: 'lb-1',
          createTime: '1970-01-01T00:00:01Z',
          updateTime: '1970-01-01T00:00:02Z',
        },
      ],
    });
  });

  it.each(['rawData', 'rawdata'])('returns the upload with its private key: %s', async (name) => {
    const { json, calls, line } = await ask('GET', `${ONE}/${name}`);
    expect(json).toEqual({
      certId: ID,
      certName: 'testCert',
      certServerData: LEAF_PEM,
      certPrivateKey: PRIVATE_KEY_PEM,
      certLinkData: ROOT_PEM,
      certType: 1,
    });
    expect(calls).toEqual([['readPrivateKey', principal('ReadPrivateKey'), ID]]);
    expect(JSON.stringify(line)).not.toContain('PRIVATE KEY');
  });

  it('returns empty strings for missing parts', async () => {
    const entry = { ...ENTRY, type: 2, chainDer: [] } as const;
    const { json } = await ask('GET', `${ONE}/rawdata`, {
      inventory: { readPrivateKey: async () => ({ entry, privateKeyPem: null }) },
    });
    expect(json).toMatchObject({ certPrivateKey: '', certLinkData: '', certType: 2 });
  });

  it('deletes a certificate', async () => {
    const { response, text, calls } = await ask('DELETE', ONE);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Length')).toBe('0');
    expect(text).toBe('');
    expect(calls).toEqual([['remove', principal('Delete'), ID]]);
  });

  it.each(['/v1/certificate', '/v1/certificate/detail', ONE, `${ONE}/detail`])(
    'answers HEAD for %s',
    async (target) => {
      const { response, calls } = await ask('HEAD', target);
      expect(response.status).toBe(200);
      expect(calls).toHaveLength(1);
    },
  );
});

describe('fields', () => {
  it('are read in any case; null counts as missing; unknown ones are ignored', async () => {
    const { calls } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify({
        CERTNAME: 'a',
        certserverdata: LEAF_PEM,
        certPrivateData: null,
        certLinkData: null,
        certType: 2,
        uploadpublickey: 'key',
        createTime: '2014-06-01T23:00:10Z',
        somethingElse: { certName: 'b' },
      }),
    });
    expect(calls).toEqual([
      [
        'create',
        principal('Write'),
        {
          name: 'a',
          type: 2,
          certificate: LEAF_PEM,
          privateKey: null,
          chain: null,
          uploadPublicKey: 'key',
        },
      ],
    ]);
  });

  it('count as missing if they are empty and optional', async () => {
    const { calls } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify({ ...UPLOAD, certLinkData: '', certPrivateData: ' ', certType: null }),
    });
    expect(calls[0]?.[2]).toMatchObject({ chain: null, privateKey: null, type: 1 });
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'MalformedJSON'],
    ['no JSON', 'certName=a', 'MalformedJSON'],
    ['a comma too many', '{"certName":"a","certServerData":"b",}', 'MalformedJSON'],
    ['a field twice', '{"certName":"a","certServerData":"b","certName":"c"}', 'MalformedJSON'],
    [
      'a field twice, once escaped',
      '{"certName":"a","certServerData":"b","cert\\u004eame":"c"}',
      'MalformedJSON',
    ],
    ['a field in two spellings', '{"certName":"a","certname":"c"}', 'InappropriateJSON'],
    ['an array', '[]', 'InappropriateJSON'],
    ['a text', '"certName"', 'InappropriateJSON'],
    ['null', 'null', 'InappropriateJSON'],
    ['no name', '{"certServerData":"b"}', 'InappropriateJSON'],
    ['a name that is null', '{"certName":null,"certServerData":"b"}', 'InappropriateJSON'],
    ['no certificate', '{"certName":"a"}', 'InappropriateJSON'],
    ['a number for a text', '{"certName":1,"certServerData":"b"}', 'InappropriateJSON'],
    ['an object for a text', '{"certName":"a","certServerData":{}}', 'InappropriateJSON'],
    [
      'true for a text',
      '{"certName":"a","certServerData":"b","certLinkData":true}',
      'InappropriateJSON',
    ],
    [
      'a text for a number',
      '{"certName":"a","certServerData":"b","certType":"1"}',
      'InappropriateJSON',
    ],
    ['another type', '{"certName":"a","certServerData":"b","certType":3}', 'ParametersInvalid'],
    ['half a type', '{"certName":"a","certServerData":"b","certType":1.5}', 'ParametersInvalid'],
  ])('are refused: %s', async (_name, body, code) => {
    const { response, json, calls } = await ask('POST', '/v1/certificate', { body });
    expect(response.status).toBe(400);
    expect(json).toMatchObject({ code });
    expect(calls).toEqual([]);
  });

  it('may contain text that looks like a duplicate field', async () => {
    const { response } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify({
        ...UPLOAD,
        certLinkData: '","certName":"\\',
        a: [{ certName: 'x' }, 'certName', { certName: ['y', '{'] }],
        b: 'certName',
      }),
    });
    expect(response.status).toBe(200);
  });

  it('are refused if they are not UTF-8', async () => {
    const body = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
    const { json } = await ask('POST', '/v1/certificate', { body });
    expect(json).toMatchObject({ code: 'InvalidHTTPRequest' });
  });

  it.each([
    [1024 * 1024, 200],
    [1024 * 1024 + 1, 400],
    [2 * 1024 * 1024, 400],
  ])('of %i bytes: %i', async (bytes, status) => {
    const empty = JSON.stringify({ ...UPLOAD, padding: '' }).length;
    const body = JSON.stringify({ ...UPLOAD, padding: 'a'.repeat(bytes - empty) });
    const { response, json } = await ask('POST', '/v1/certificate', { body });
    expect(response.status).toBe(status);
    if (status === 400) expect(json).toMatchObject({ code: 'InvalidHTTPRequest' });
  });
});

describe('the spelling of an answer', () => {
  const lower = Object.fromEntries(
    Object.entries(UPLOAD).map(([name, value]) => [name.toLowerCase(), value]),
  );

  it('is lower case if the names in the body are', async () => {
    const { json } = await ask('POST', '/v1/certificate', { body: JSON.stringify(lower) });
    expect(json).toEqual({ certid: ID, certname: 'testCert' });
  });

  it.each([{ ...lower, certName: 'a', certname: undefined }, UPLOAD])(
    'is not lower case if a name has capitals',
    async (fields) => {
      const options = { body: JSON.stringify(fields), bceFieldCase: 'lower' } as const;
      const { json } = await ask('POST', '/v1/certificate', options);
      expect(json).toMatchObject({ certId: ID });
    },
  );

  it('is lower case in errors about a lower-case body', async () => {
    const { json } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify({ ...lower, certtype: 3 }),
    });
    expect(json).toEqual({
      requestid: expect.any(String),
      code: 'ParametersInvalid',
      message: expect.stringContaining('certType'),
    });
  });

  it('is lower case if the names in the query are', async () => {
    const { json } = await ask('GET', '/v1/certificate?certname=testCert');
    expect(json).toMatchObject({ certs: [{ certid: ID, certstarttime: '2026-01-30T12:00:00Z' }] });
  });

  it.each([
    ['camel', { certDNSNames: 'leaf.test,www.leaf.test', status: 'IN_USE' }],
    ['lower', { certdnsnames: 'leaf.test,www.leaf.test', status: 'in_use' }],
  ] as const)(
    'is that of the configuration for requests without fields: %s',
    async (bceFieldCase, expected) => {
      const inventory = { list: async () => [BOUND] };
      const { json } = await ask('GET', '/v1/certificate/detail', { bceFieldCase, inventory });
      expect(json).toMatchObject({ certs: [expected] });
      const missing = await ask('GET', '/v1/certificate/x', { bceFieldCase });
      expect(missing.json).toHaveProperty(bceFieldCase === 'lower' ? 'requestid' : 'requestId');
    },
  );

  it('applies to the contents of lists', async () => {
    const { json } = await ask('GET', `${ONE}/detail`, {
      bceFieldCase: 'lower',
      inventory: { find: async () => BOUND },
    });
    expect(json).toMatchObject({ resources: [{ servicename: 'BLB', resourceid: 'lb-1' }] });
  });
});

describe('the request id', () => {
  it.each(['9ebc57ed-1ff5-480f-b5b1-6847ff54f2b4', 'A', 'a'.repeat(64)])(
    'is that of the client: %s',
    async (id) => {
      const headers = { 'x-bce-request-id': id };
      for (const target of ['/v1/certificate', ONE.slice(0, -1), '/v1/nothing']) {
        const { response, json, line } = await ask('GET', target, { headers });
        expect(response.headers.get('x-bce-request-id')).toBe(id);
        if (response.status !== 200) expect(json).toMatchObject({ requestId: id });
        expect(line.requestId).not.toBe(id);
        expect(response.headers.get('X-Request-Id')).toBe(line.requestId);
      }
    },
  );

  it.each(['', 'a'.repeat(65), 'a b', '<a>', 'a_b'])(
    'is a new one if the client sends "%s"',
    async (id) => {
      const { response, line } = await ask('GET', ONE, { headers: { 'x-bce-request-id': id } });
      expect(response.headers.get('x-bce-request-id')).toBe(line.requestId);
    },
  );

  it('is also in answers without a body', async () => {
    const { response, line } = await ask('DELETE', ONE);
    expect(response.headers.get('x-bce-request-id')).toBe(line.requestId);
  });
});

describe('errors', () => {
  it.each<[SignetErrorCode, number, string]>([
    ['quota-exceeded', 409, 'CertExceedLimit'],
    ['in-use', 409, 'OperationNotAllowedException'],
    ['not-replaceable', 409, 'OperationNotAllowedException'],
    ['not-valid-now', 400, 'UnmatchedPairParameterInvalidException'],
    ['key-mismatch', 400, 'UnmatchedPairParameterInvalid'],
    ['malformed-key', 400, 'PrivateKeyParameterInvalid'],
    ['malformed-certificate', 400, 'CertificateParameterInvalid'],
    ['malformed-chain', 400, 'CertChainParameterInvalid'],
    ['forbidden', 403, 'AccessDeniedException'],
    ['access-key-disabled', 403, 'AccessDenied'],
    ['access-key-expired', 403, 'AccessDenied'],
    ['unknown-access-key', 403, 'InvalidAccessKeyId'],
    ['inventory-not-found', 404, 'ResourceNotFoundException'],
    ['name-unchanged', 403, 'ParametersNotChanged'],
    ['name-taken', 409, 'ResourceNameDuplicated'],
    ['invalid-name', 400, 'ParametersInvalid'],
    ['invalid-parameter', 400, 'ParametersInvalid'],
    ['authority-not-found', 404, 'ResourceNotFound'],
    ['already-revoked', 409, 'OperationNotAllowed'],
    ['sealing-unavailable', 500, 'InternalError'],
    ['record-unavailable', 500, 'InternalError'],
  ])('%s is %i %s', async (code, status, wireCode) => {
    const { response, json, line } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify(UPLOAD),
      inventory: refusing(code),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(json).toEqual({
      requestId: response.headers.get('x-bce-request-id'),
      code: wireCode,
      message: 'Refused.',
    });
    expect(line.message).toBe(`${wireCode} (${code}: Refused.)`);
  });

  it('has a code of its own for a missing private key', async () => {
    const { json } = await ask('POST', '/v1/certificate', {
      body: JSON.stringify(UPLOAD),
      inventory: refusing('missing-parameter', 'privateKey'),
    });
    expect(json).toMatchObject({ code: 'PrivateKeyParameterInvalid' });
  });

  it('reveals nothing about an internal error', async () => {
    const { response, text } = await ask('GET', ONE, {
      inventory: {
        find: async () => {
          throw new Error('D1_ERROR: secret');
        },
      },
    });
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'InternalError' });
    expect(text).not.toContain('secret');
  });

  it.each([
    '/v1/certificate/',
    '/v1/certificate/cert-',
    '/v1/certificate/cert-5ATUE8M3SXSV',
    '/v1/certificate/%2e%2e%2fhealthz',
    '/v1/certificate/..%2f..%2fhealthz/rawdata',
    `${ONE}%00`,
    `${ONE}%0a`,
    `${ONE}%2frawdata`,
    `${ONE}/`,
    `${ONE}/rawdata/`,
    `/v1/certificate/x/${ID}`,
    "/v1/certificate/'; DROP TABLE inventory",
    '/v1/certificate/%zz',
  ])('answers 404 for %s without credentials', async (target) => {
    const { response, json, calls } = await ask('GET', target, { authorization: null });
    expect(response.status).toBe(404);
    expect(json).toMatchObject({ code: 'ResourceNotFoundException' });
    expect(calls).toEqual([]);
  });

  it.each([`${ONE}v`, ONE.slice(0, -1), `${ONE}v/rawdata`])(
    'answers 404 for %s, whose id has another length',
    async (target) => {
      const { response, json, calls } = await ask('GET', target);
      expect(response.status).toBe(404);
      expect(json).toMatchObject({ code: 'ResourceNotFoundException' });
      expect(calls).toEqual([]);
    },
  );

  it.each(['PATCH', 'POST'])('answers 405 for %s on a certificate', async (method) => {
    const { response, json } = await ask(method, ONE);
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('GET, HEAD, PUT, DELETE');
    expect(json).toMatchObject({ code: 'InvalidHTTPRequest' });
  });
});

describe('authentication', () => {
  it.each<[string, (() => Promise<string | null>) | string | null, number, string]>([
    ['none', null, 403, 'AccessDenied'],
    [
      'another scheme',
      `Basic ${btoa('root-key:root-secret-for-tests')}`,
      400,
      'InvalidHTTPAuthHeader',
    ],
    [
      'an unknown access key',
      () => signTarget('GET', ONE, { accessKeyId: 'ak-other' }),
      403,
      'InvalidAccessKeyId',
    ],
    [
      'a wrong secret',
      () => signTarget('GET', ONE, { secret: 'other' }),
      400,
      'SignatureDoesNotMatch',
    ],
    ['another address', () => signTarget('GET', `${ONE}/rawdata`), 400, 'SignatureDoesNotMatch'],
    [
      'an old time',
      () => signTarget('GET', ONE, { timestamp: '2026-01-31T11:29:59Z' }),
      400,
      'RequestExpired',
    ],
  ])('refuses %s before any work', async (_name, authorization, status, code) => {
    const given = typeof authorization === 'function' ? await authorization() : authorization;
    const { response, json, calls, line } = await ask('GET', ONE, { authorization: given });
    expect(response.status).toBe(status);
    expect(json).toMatchObject({ code, requestId: response.headers.get('x-bce-request-id') });
    expect(calls).toEqual([]);
    if (given !== null) expect(JSON.stringify(line)).not.toContain(given.slice(-20));
  });

  it('takes the times of the lower-cased document', async () => {
    const timestamp = new Date(NOW_MS).toISOString().replace('.000Z', 'Z').toLowerCase();
    const authorization = await signTarget('GET', ONE, { timestamp, date: timestamp });
    const { response, text } = await ask('GET', ONE, {
      authorization,
      headers: { 'x-bce-date': timestamp },
    });
    expect(response.status, text).toBe(200);
  });

  it('checks Content-MD5 and leaves the body for the handler', async () => {
    const body = '{"certName":"newName"}';
    const md5 = async (text: string) =>
      new Uint8Array(await crypto.subtle.digest('MD5', new TextEncoder().encode(text))).toBase64();
    const good = await ask('PUT', `${ONE}?certName`, {
      body,
      headers: { 'Content-MD5': await md5(body) },
    });
    expect(good.response.status).toBe(200);
    expect(good.calls).toHaveLength(1);
    const bad = await ask('PUT', `${ONE}?certName`, {
      body,
      headers: { 'Content-MD5': await md5('other') },
    });
    expect(bad.json).toMatchObject({ code: 'InvalidHTTPRequest' });
    expect(bad.calls).toEqual([]);
  });
});
