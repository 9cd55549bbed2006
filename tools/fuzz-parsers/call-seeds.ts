import { createHmac } from 'node:crypto';
import {
  canonicalParameters,
  encodeStrictly,
} from '../../src/http/cas/authentication/acs-parameters.ts';
import { sealEnvelope } from '../bench/seal-envelope.ts';
import { signCall } from '../bench/sign-acs.ts';
import { signBce } from '../bench/sign-bce.ts';
import { ACCESS_KEY } from './access-keys.ts';

/** Seeds for the fuzzers of calls, some of them made, signed and sealed as clients do. */

export function envelopeSeeds(): Uint8Array[] {
  const secret = '0123456789abcdefghijklmnopqrstuv';
  const texts = ['a', '{"CN":"example.com","days":"365"}', 'Schlüssel\n'.repeat(9)];
  const envelopes = texts.flatMap((text) => [
    sealEnvelope('aes-256-cfb8', secret, text),
    sealEnvelope('aes-256-cfb', secret, text),
  ]);
  return [
    ...envelopes.map((envelope) => Buffer.from(`\0${envelope.toString('base64')}`)),
    ...envelopes.map((envelope) => Buffer.concat([Buffer.of(1), envelope])),
    ...texts.flatMap((text) => [Buffer.from(`\x02${text}`), Buffer.from(`\x03${text}`)]),
  ];
}

export function jsonSeeds(): Uint8Array[] {
  return [
    '{}',
    '{"a":1,"b":[true,null,{"a":"\\u00e9"}],"c":{"d":-1.5e3}}',
    '{"name":"x","Name":"y"}',
    '{"a":"\\"\\\\","a":2}',
    '{"__proto__":{"a":1},"constructor":"b","toString":null}',
  ].map((text) => Buffer.from(text));
}

export function formSeeds(): Uint8Array[] {
  return [
    'Action=CreateClientCertificate&A=%E4%BD%A0+x\nApiPassthrough.Subject.CommonName=a&ApiPassthrough.Extensions.1=b&ApiPassthrough.Extensions.2=c',
    'ApiPassthrough.a.b.c.d=1&ApiPassthrough.__proto__.x=2\nApiPassthrough.a.b.e=3',
  ].map((text) => Buffer.from(text));
}

export function bceSeeds(): Uint8Array[] {
  const host = 'localhost';
  const targets = ['/v1/certificate', '/v1/certificate?a=b&c', '/v1/certificate/cert-1?%61=%2f'];
  return targets.map((path) => {
    const authorization = signBce(ACCESS_KEY, { method: 'POST', path, host });
    return Buffer.from(`${authorization}\nPOST ${path}\nHost: ${host}\nx-bce-a: b\n\n{"a":1}`);
  });
}

export function acsSeeds(): Uint8Array[] {
  const v3 = signCall(ACCESS_KEY, 'localhost', 'DescribeCACertificateList', { ShowSize: '10' });
  const lines = Object.entries(v3.headers).map(([name, value]) => `${name}: ${value}`);
  const inForm = `POST \nhost: localhost\n${lines.join('\n')}\n\n${v3.body}`;
  return [Buffer.from(inForm), Buffer.from(`GET ${signAcsV1('GET')}\nhost: localhost\n\n`)];
}

function signAcsV1(method: string): string {
  const parameters = new Map([
    ['Action', 'DescribeCACertificateList'],
    ['Version', '2020-06-30'],
    ['AccessKeyId', ACCESS_KEY.id],
    ['SignatureMethod', 'HMAC-SHA1'],
    ['SignatureVersion', '1.0'],
    ['SignatureNonce', 'a nonce'],
    ['Timestamp', '2026-01-31T12:00:00Z'],
  ]);
  const text = `${method}&%2F&${encodeStrictly(canonicalParameters(parameters))}`;
  const signature = createHmac('sha1', `${ACCESS_KEY.secret}&`).update(text).digest('base64');
  return canonicalParameters(new Map([...parameters, ['Signature', signature]]));
}

export function credentialSeeds(): Uint8Array[] {
  const { id, secret } = ACCESS_KEY;
  const basic = Buffer.from(`${id}:${secret}`).toString('base64');
  return [`Basic ${basic}`, `bearer ${id}.${secret}`, 'Bearer AK123.secret', 'Digest a="b"'].map(
    (text) => Buffer.from(text),
  );
}
