import { describe, expect, it } from 'vitest';
import { verifyAcsV1 } from '../../../../src/http/cas/authentication/acs-v1.ts';
import { ACCESS_KEY, openSecrets } from '../../../access/secrets-fixture.ts';
import { encode, encodePairs, signV1 } from './sign-acs.ts';

const NOW_SECONDS = Date.UTC(2016, 1, 23, 12, 46, 24) / 1000;

async function verify(
  method: string,
  parameters: Readonly<Record<string, string>>,
  nowSeconds = NOW_SECONDS,
) {
  const { secrets } = await openSecrets();
  return verifyAcsV1(
    {
      method,
      headers: new Headers(),
      query: new Map(),
      parameters: new Map(Object.entries(parameters)),
      body: new Uint8Array(),
    },
    { nowSeconds, secrets },
  );
}

const COMMON = {
  Action: 'CreateExternalCACertificate',
  Version: '2020-06-30',
  Format: 'JSON',
  AccessKeyId: ACCESS_KEY.id,
  SignatureMethod: 'HMAC-SHA1',
  SignatureVersion: '1.0',
  SignatureNonce: 'a nonce',
  Timestamp: '2016-02-23T12:46:24Z',
  Csr: "-----BEGIN (a) +/=*'!~\n",
};

async function send(changes: Readonly<Record<string, string>> = {}, without?: string) {
  const entries = Object.entries({ ...COMMON, ...changes }).filter(([name]) => name !== without);
  return verify('POST', await signV1('POST', ACCESS_KEY.secret, Object.fromEntries(entries)));
}

describe('verifyAcsV1', () => {
  it.each([
    ['GET', 'OLeaidS1JvxuMvnyHOwuJ+uX5qY='],
    ['POST', 'MxbnVAM4w6sft9xjVpe/GCKueuk='],
  ])('verifies the published vector of %s', async (method, signature) => {
    const parameters = {
      AccessKeyId: 'testid',
      Action: 'DescribeRegions',
      Format: 'XML',
      SignatureMethod: 'HMAC-SHA1',
      SignatureNonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
      SignatureVersion: '1.0',
      Timestamp: '2016-02-23T12:46:24Z',
      Version: '2014-05-26',
    };
    const verifyVector = (sent: string) =>
      verifyAcsV1(
        {
          method,
          headers: new Headers(),
          query: new Map(),
          parameters: new Map(Object.entries({ ...parameters, Signature: sent })),
          body: new Uint8Array(),
        },
        {
          nowSeconds: NOW_SECONDS,
          secrets: {
            findSecret: async () => ({
              accountId: 'acct-1',
              secret: new TextEncoder().encode('testsecret'),
              root: false,
            }),
          },
        },
      );
    expect(await verifyVector(signature)).toEqual({
      identity: { accessKeyId: 'testid', accountId: 'acct-1', root: false },
      nonce: '3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf',
    });
    await expect(verifyVector(signature.replace('=', 'A'))).rejects.toMatchObject({
      code: 'invalid-signature',
      message: `Specified signature is not matched with our calculation. server string to sign is:${method}&%2F&${encode(encodePairs(parameters))}`,
    });
  });

  it('signs every parameter, including an empty SignatureType', async () => {
    await send();
    await send({ SignatureType: '' });
    const signed = await signV1('POST', ACCESS_KEY.secret, COMMON);
    const changes = [
      { SignatureType: '' },
      { Validity: '1y' },
      { Csr: 'another' },
      { Format: 'XML' },
    ];
    for (const change of changes) {
      const changed = verify('POST', { ...signed, ...change });
      await expect(changed).rejects.toMatchObject({ code: 'invalid-signature' });
    }
    await expect(verify('GET', signed)).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it.each([
    ['AccessKeyId', 'unauthenticated', 'AccessKeyId'],
    ['SignatureMethod', 'missing-parameter', 'SignatureMethod'],
    ['SignatureVersion', 'missing-parameter', 'SignatureVersion'],
    ['SignatureNonce', 'missing-parameter', 'SignatureNonce'],
    ['Timestamp', 'missing-parameter', 'Timestamp'],
  ])('requires %s', async (name, code, field) => {
    await expect(send({}, name)).rejects.toMatchObject({ code, field });
    await expect(send({ [name]: '' })).rejects.toMatchObject({ code, field });
  });

  it('requires a signature', async () => {
    const error = { code: 'malformed-authorization', field: 'Signature' };
    await expect(verify('POST', COMMON)).rejects.toMatchObject(error);
  });

  it.each([
    ['SignatureMethod', 'HMAC-SHA256', 'malformed-authorization'],
    ['SignatureVersion', '2.0', 'malformed-authorization'],
    ['Timestamp', '2016-02-23 12:46:24', 'malformed-authorization'],
    ['Timestamp', '2016-02-30T12:46:24Z', 'malformed-authorization'],
    ['Timestamp', '2016-02-23T12:31:23Z', 'request-expired'],
    ['Timestamp', '2016-02-23T13:01:25Z', 'request-expired'],
    ['SignatureNonce', 'n'.repeat(129), 'invalid-parameter'],
    ['SecurityToken', 'token', 'unknown-access-key'],
    ['AccessKeyId', 'ak-unknown', 'unknown-access-key'],
  ])('refuses the %s %.30s', async (name, value, code) => {
    await expect(send({ [name]: value })).rejects.toMatchObject({ code });
  });

  it('accepts clocks that are 15 minutes off', async () => {
    await send({ Timestamp: '2016-02-23T12:31:24Z' });
    await send({ Timestamp: '2016-02-23T13:01:24Z' });
  });
});
