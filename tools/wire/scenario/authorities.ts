import type { Client } from '../client.ts';
import { recordPages } from './accounts.ts';
import { recordHistory, recordImports } from './authority-imports.ts';
import { recordLives } from './authority-lives.ts';
import { recordRequests } from './authority-requests.ts';
import { issue, leaf } from './certificates.ts';

const PATH = '/api/v1/authorities';

/** The tree of authorities: making, changing, refusing. Leaves `web ca` and its generations. */
export async function recordAuthorities(client: Client): Promise<void> {
  await client.call('authority: read default', `GET ${PATH}/default`);
  await client.call('authority: read unknown', `GET ${PATH}/no-such`);
  await recordMaking(client);
  await recordPages(client, PATH);
  await client.call('authority: list', `GET ${PATH}`, { unordered: true });
  await client.call('authority: list, limit 1', `GET ${PATH}?limit=1`, { shapeOnly: true });
  await recordChanges(client);
  await recordRequests(client);
  await recordImports(client);
  await recordHistory(client);
  await recordLives(client);
}

async function make(client: Client, name: string, body: object): Promise<string> {
  const answer = await client.call(`authority: make ${name}`, `POST ${PATH}`, { body });
  if (answer.status !== 201) return '';
  return client.keep(`id of ${name}`, answer.at('id'));
}

async function recordMaking(client: Client): Promise<void> {
  const base = { name: 'A', subject: 'CN=A,O=Wire', parent: 'default' };
  await make(client, 'web ca', {
    name: 'Web servers',
    subject: 'CN=Wire Web CA,O=Wire',
    parent: 'default',
    keyAlgorithm: 'P-384',
    validity: '5y',
    pathLength: 0,
    permittedNames: { dns: ['example.test'], ip: ['10.0.0.0/8'], email: ['example.test'] },
    excludedNames: { dns: ['bad.example.test'] },
    policies: ['1.3.6.1.4.1.99999.1'],
    extendedKeyUsages: ['serverAuth', 'clientAuth'],
  });
  await make(client, 'plain root', { name: 'Root', subject: 'CN=Plain Root' });
  await make(client, 'rsa ca', { ...base, subject: 'CN=RSA CA', keyAlgorithm: 'RSA-2048' });
  await make(client, 'edwards ca', { ...base, subject: 'CN=Ed CA', keyAlgorithm: 'Ed25519' });
  await make(client, 'secret ca', {
    ...base,
    subject: 'CN=Secret CA',
    keySource: 'secret:CA_KEY_SECOND',
  });
  await make(client, 'secret ca again', { ...base, keySource: 'secret:CA_KEY_SECOND' });
  await make(client, 'deep ca', {
    ...base,
    subject: 'CN=Deep CA',
    parent: client.get('id of rsa ca'),
    validity: '2y',
  });
  const webCa = client.get('id of web ca');
  const wrong: Readonly<Record<string, object>> = {
    'below a CA that may have none': { parent: webCa },
    'below nothing': { parent: 'no-such' },
    'empty name': { name: '' },
    'empty subject': { subject: '' },
    'broken subject': { subject: 'nothing' },
    'odd attribute': { subject: 'XX=a' },
    'long country': { subject: 'C=DEU,CN=a' },
    'unknown algorithm': { keyAlgorithm: 'SM2' },
    'key from two places': { keyAlgorithm: 'P-256', keySource: 'secret:CA_KEY_SECOND' },
    'key from nowhere': { keySource: 'secret:CA_KEY_NOWHERE' },
    'key from another secret': { keySource: 'secret:SEALING_KEY' },
    'broken validity': { validity: 'long' },
    'validity of nothing': { validity: '0d' },
    'validity in the past': { validity: '2020-01-01T00:00:00Z' },
    'validity beyond its parent': { validity: '99y' },
    'path length negative': { pathLength: -1 },
    'path length fraction': { pathLength: 0.5 },
    'path length huge': { pathLength: 100_000 },
    'odd names': { permittedNames: { dns: ['*.a'] } },
    'odd network': { permittedNames: { ip: ['10.0.0.0/99'] } },
    'odd mailbox': { permittedNames: { email: ['a b'] } },
    'unknown names': { permittedNames: { uri: ['a'] } },
    'odd policy': { policies: ['x'] },
    'odd usage': { extendedKeyUsages: ['flying'] },
    'odd profiles': { profiles: { a: { validityDays: 0 } } },
    'no profiles': { profiles: {} },
    'profiles as a list': { profiles: [] },
    'profile beyond all': {
      profiles: { a: { validityDays: 99999, extendedKeyUsages: ['serverAuth'] } },
    },
    'unknown field': { color: 'red' },
  };
  for (const [name, body] of Object.entries(wrong)) {
    await make(client, `with ${name}`, { ...base, ...body });
  }
  const headers = { 'Idempotency-Key': 'authority-1' };
  const body = { name: 'Once', subject: 'CN=Once' };
  await client.call('authority: make once', `POST ${PATH}`, { body, headers });
  await client.call('authority: make once, again', `POST ${PATH}`, { body, headers });
  await issue(client, 'below', webCa);
  for (const [name, extensions] of Object.entries({
    'a name that is not permitted': ['subjectAltName=DNS:a.example.org'],
    'a name that is excluded': ['subjectAltName=DNS:a.bad.example.test'],
    'an address that is not permitted': ['subjectAltName=IP:192.0.2.1'],
    'a mailbox that is not permitted': ['subjectAltName=email:a@example.org'],
  })) {
    await client.call(
      `certificate: below a CA, ${name}`,
      `POST /api/v1/certificates?authority=${webCa}`,
      {
        body: client.openssl.makeCsrPem({ ...leaf('x'), subject: '/CN=x', extensions }),
      },
    );
  }
  for (const ca of ['rsa ca', 'edwards ca', 'secret ca', 'deep ca']) {
    await issue(
      client,
      `leaf of ${ca.replace(' ', '-')}`.replaceAll(' ', '-'),
      client.get(`id of ${ca}`),
    );
  }
}

async function recordChanges(client: Client): Promise<void> {
  const path = `${PATH}/${client.get('id of web ca')}`;
  for (const [name, body] of Object.entries({
    'of its own': { profiles: { code: { validityDays: 30, extendedKeyUsages: ['serverAuth'] } } },
    none: { profiles: {} },
    odd: { profiles: { 'A b': {} } },
    'with an unknown usage': { profiles: { a: { validityDays: 1, extendedKeyUsages: ['x'] } } },
    'of the configuration': { profiles: null },
  })) {
    await client.call(`authority: profiles ${name}`, `PATCH ${path}`, { body });
  }
  await client.call('authority: read', `GET ${path}`);
  for (const [name, body] of Object.entries({
    nothing: undefined,
    '400d': { validity: '400d' },
    odd: { validity: 'x' },
    'too long': { validity: '99y' },
  })) {
    await client.call(`authority: renew, ${name}`, `POST ${path}/renew`, { body });
  }
  for (const [name, body] of Object.entries({
    'P-256': { keyAlgorithm: 'P-256' },
    odd: { keyAlgorithm: 'x' },
    'a key that is in use': { keySource: 'secret:CA_KEY_SECOND' },
  })) {
    await client.call(`authority: rekey, ${name}`, `POST ${path}/rekey`, { body });
  }
  await client.call(
    'authority: certificate for one that waits for none',
    `POST ${path}/certificate`,
    {
      body: { certificate: client.get('pem of one') },
    },
  );
  await client.call(
    'authority: rekey a root',
    `POST ${PATH}/${client.get('id of plain root')}/rekey`,
    { looseSeconds: true },
  );
  await issue(client, 'rekeyed', client.get('id of web ca'));
}
