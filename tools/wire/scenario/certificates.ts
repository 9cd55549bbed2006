import type { Client } from '../client.ts';
import { breakSignature, toDer } from '../openssl.ts';

const PATH = '/api/v1/certificates';
const TARGET = `POST ${PATH}`;
const JSON_ANSWER = { Accept: 'application/json' };

export const leaf = (name: string) => ({
  key: name,
  subject: `/C=DE/O=Wire/CN=${name}.example.test`,
  extensions: [`subjectAltName=DNS:${name}.example.test,DNS:www.${name}.example.test`],
});

/** Issues a certificate, keeps its serial number and PEM under `name`. */
export async function issue(client: Client, name: string, authority = 'default') {
  const csr = client.openssl.makeCsrPem(leaf(name));
  const answer = await client.call(`certificate: issue ${name}`, TARGET, {
    body: { csr, authority, profile: 'tls-server' },
    headers: JSON_ANSWER,
  });
  client.keep(`serial of ${name}`, answer.at('serial'));
  client.kept.set(`pem of ${name}`, answer.at('certificate'));
  return answer;
}

/** Issuing by the API of our own: forms, profiles, refusals. */
export async function recordIssuing(client: Client): Promise<void> {
  const { openssl } = client;
  await issue(client, 'one');
  const csr = openssl.makeCsrPem(leaf('two'));
  const der = new Uint8Array(toDer(csr));
  for (const [name, body, headers] of [
    ['PEM', csr, {}],
    ['DER', der, {}],
    ['PEM, wants JSON', csr, JSON_ANSWER],
    ['DER, wants DER', der, { Accept: 'application/pkix-cert' }],
    ['PEM, wants nothing', csr, { Accept: 'image/png' }],
    ['PEM, wants either', csr, { Accept: 'application/json;q=0.5, */*;q=0.1' }],
    ['PEM, odd content type', csr, { 'Content-Type': 'text/html' }],
    ['PEM with carriage returns', csr.replaceAll('\n', '\r\n'), {}],
    ['PEM with text around it', `text\n${csr}text\n`, {}],
    ['PEM twice', csr + csr, {}],
  ] as const) {
    await client.call(`certificate: issue for ${name}`, TARGET, { body, headers });
  }
  for (const profile of ['tls-server-client', 'tls-server', 'tls-client', 'no-such', '', 'A b']) {
    await client.call(`certificate: profile "${profile}"`, TARGET, {
      body: { csr, profile },
      headers: JSON_ANSWER,
    });
  }
  for (const query of [
    ...['authority=default', 'authority=no-such', 'authority=', 'authority=default-9'],
    ...['profile=tls-client', 'noSuch=1', 'authority=a&authority=b'],
  ]) {
    await client.call(`certificate: query ${query}`, `${TARGET}?${query}`, { body: csr });
  }
  await client.call('certificate: authority twice', `${TARGET}?authority=default`, {
    body: { csr, authority: 'other' },
  });
  await recordRefusedRequests(client);
  await recordNames(client);
  await recordReading(client);
}

async function recordRefusedRequests(client: Client): Promise<void> {
  const { openssl } = client;
  const weak = openssl.makeKey('RSA', 'rsa_keygen_bits:1024');
  const rsa = openssl.makeKey('RSA', 'rsa_keygen_bits:2048');
  const odd = openssl.makeKey('EC', 'ec_paramgen_curve:secp256k1');
  const explicit = openssl.makeKey('EC', 'ec_paramgen_curve:prime256v1', 'ec_param_enc:explicit');
  const p384 = openssl.makeKey('EC', 'ec_paramgen_curve:P-384');
  const p521 = openssl.makeKey('EC', 'ec_paramgen_curve:P-521');
  const ed25519 = openssl.makeKey('ED25519');
  const ed448 = openssl.makeKey('ED448');
  client.kept.set('weak key', weak);
  client.kept.set('rsa key', rsa);
  for (const [name, key] of Object.entries({
    ...{ weak, rsa, 'odd curve': odd, 'explicit curve': explicit },
    ...{ 'P-384': p384, 'P-521': p521, Ed25519: ed25519, Ed448: ed448 },
  })) {
    const csr = openssl.makeCsrPem({ ...leaf('keys'), key });
    await client.call(`certificate: key ${name}`, TARGET, { body: { csr } });
  }
  const csr = openssl.makeCsrPem(leaf('broken'));
  for (const [name, body] of Object.entries({
    'a broken signature': breakSignature(csr),
    'no request': openssl.makeCertificate(leaf('broken'), null),
    'broken base64': csr.replace('MII', '***'),
    'cut off': `${csr.slice(0, 200)}\n-----END CERTIFICATE REQUEST-----\n`,
    'text alone': 'hello',
    'DER that is none': new Uint8Array([0x30, 3, 2, 1, 5]),
    'DER with more behind it': new Uint8Array([...toDer(csr), 0, 0]),
    'large request': openssl.makeCsrPem({
      ...leaf('large'),
      extensions: [
        `subjectAltName=${Array.from({ length: 101 }, (_, n) => `DNS:n${n}.example.test`).join()}`,
      ],
    }),
    'huge request': openssl.makeCsrPem({
      ...leaf('huge'),
      extensions: [`1.2.3.4=DER:${'0400'.repeat(10)}`, `nsComment="${'a'.repeat(20_000)}"`],
    }),
  })) {
    await client.call(`certificate: issue for ${name}`, TARGET, { body });
  }
}

async function recordNames(client: Client): Promise<void> {
  const { openssl } = client;
  const subjects = {
    empty: '/',
    'country in small letters': '/C=de/CN=a',
    'Chinese characters': '/CN=\u8bc1\u4e66/O=\u7ec4\u7ec7',
    'long common name': `/CN=${'a'.repeat(64)}`,
    'several parts': '/DC=test/DC=example/OU=a/OU=b/CN=c',
    'e-mail address': '/CN=a/emailAddress=a@example.test',
    'serialNumber and more': '/serialNumber=5/GN=a/SN=b/title=c/CN=d',
  };
  for (const [name, subject] of Object.entries(subjects)) {
    const csr = openssl.makeCsrPem({ key: 'names', subject });
    await client.call(`certificate: subject ${name}`, TARGET, { body: { csr } });
  }
  const names = {
    wildcard: 'DNS:*.example.test',
    'upper case': 'DNS:A.Example.TEST',
    'all kinds': 'DNS:a.test,IP:192.0.2.1,IP:2001:db8::1,email:a@b.test,URI:https://a.test/x',
    'odd wildcard': 'DNS:a*.example.test',
    'double wildcard': 'DNS:*.*.example.test',
    underscore: 'DNS:a_b.test',
    'space in it': 'DNS:a b.test',
    'dot at the end': 'DNS:a.test.',
    'one label': 'DNS:localhost',
    'address as a name': 'DNS:192.0.2.1',
    'registered id': 'RID:1.2.3.4',
    'other name': 'otherName:1.2.3.4;UTF8:abc',
    'odd e-mail': 'email:nothing',
    'odd URI': 'URI:nothing',
    'twice the same': 'DNS:a.test,DNS:a.test',
  };
  for (const [name, value] of Object.entries(names)) {
    const csr = openssl.makeCsrPem({
      key: 'names',
      subject: '/CN=names',
      extensions: [`subjectAltName=${value}`],
    });
    await client.call(`certificate: name ${name}`, TARGET, { body: { csr } });
  }
  const extensions = {
    'a CA': 'basicConstraints=critical,CA:TRUE',
    'key usages': 'keyUsage=critical,keyCertSign',
    'extended key usages': 'extendedKeyUsage=codeSigning',
    'must-staple': '1.3.6.1.5.5.7.1.24=DER:3003020105',
    'an unknown critical extension': '1.2.3.4=critical,DER:0500',
  };
  for (const [name, extension] of Object.entries(extensions)) {
    const csr = openssl.makeCsrPem({ ...leaf('asks'), extensions: [extension] });
    await client.call(`certificate: asks for ${name}`, TARGET, { body: { csr } });
  }
}

async function recordReading(client: Client): Promise<void> {
  const serial = client.get('serial of one');
  const upper = serial.toUpperCase();
  for (const [name, path, headers] of [
    ['JSON', serial, JSON_ANSWER],
    ['PEM', serial, {}],
    ['upper case', upper, {}],
    ['colons', upper.padStart(32, '0').replace(/..(?=.)/g, '$&:'), {}],
    ['leading zeros', `0000${serial}`, {}],
    ['unknown', '1234567890abcdef', {}],
    ['no hexadecimal', 'xyz', {}],
    ['too long', 'ab'.repeat(30), {}],
    ['of an authority', `${serial}?authority=default`, {}],
    ['of an unknown authority', `${serial}?authority=no-such`, {}],
    ['of no authority', `${serial}?authority=`, {}],
  ] as const) {
    await client.call(`certificate: read, ${name}`, `GET ${PATH}/${path}`, { headers });
  }
  const as = { id: client.get('key reader'), secret: client.get('secret reader') };
  await client.call('certificate: read by another account', `GET ${PATH}/${serial}`, { as });
  await client.call('certificate: reader issues', TARGET, { as, body: {} });
  await client.call('certificate: HEAD', `HEAD ${PATH}/${serial}`);
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  const csr = client.openssl.makeCsrPem(leaf('web'));
  const own = await client.call('certificate: issue for another account', TARGET, {
    as: web,
    body: { csr },
    headers: JSON_ANSWER,
  });
  client.keep('serial of web', own.at('serial'));
  client.kept.set('pem of web', own.at('certificate'));
  await client.call('certificate: read by its account', `GET ${PATH}/${own.at('serial')}`, {
    as: web,
    headers: JSON_ANSWER,
  });
}
