import type { Client } from '../client.ts';
import { derivePem } from '../keys.ts';
import { recordPages } from './accounts.ts';
import { issue, leaf } from './certificates.ts';

const PATH = '/api/v1/authorities';
const CA_EXTENSIONS = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

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

async function recordRequests(client: Client): Promise<void> {
  const { openssl } = client;
  const made = await client.call('authority: request', `POST ${PATH}/requests`, {
    body: { name: 'Elsewhere', subject: 'CN=Elsewhere CA', pathLength: 0 },
  });
  const id = client.keep('id of pending ca', made.at('id'));
  await client.call('authority: read pending', `GET ${PATH}/${id}`);
  for (const body of [
    { name: 'a', subject: 'x' },
    { name: 'a', subject: 'CN=a', parent: 'default' },
  ]) {
    await client.call(`authority: request ${JSON.stringify(body)}`, `POST ${PATH}/requests`, {
      body,
    });
  }
  await client.call(
    'certificate: below a pending CA',
    `POST /api/v1/certificates?authority=${id}`,
    {
      body: openssl.makeCsrPem(leaf('pending')),
    },
  );
  for (const verb of ['renew', 'rekey', 'disable', 'enable']) {
    await client.call(`authority: ${verb} pending`, `POST ${PATH}/${id}/${verb}`);
  }
  await client.call('publish: pending CA', `GET /ca/${id}.pem`, { as: null });
  await client.call('publish: list of a pending CA', `GET /crl/${id}.crl`, { as: null });
  const root = openssl.makeCertificate(
    { key: 'elsewhere', subject: '/CN=Elsewhere Root', extensions: CA_EXTENSIONS },
    null,
  );
  client.kept.set('elsewhere root', root);
  const issuer = { certificate: root, key: 'elsewhere' };
  const csr = openssl.write(made.at('request'));
  const sign = (extensions: readonly string[]) =>
    openssl
      .run([
        ...['x509', '-req', '-in', csr, '-days', '700', '-set_serial', '0x2001'],
        ...['-CA', openssl.write(root), '-CAkey', openssl.write(derivePem('elsewhere'))],
        ...['-extfile', openssl.write(`${extensions.join('\n')}\nauthorityKeyIdentifier=keyid\n`)],
      ])
      .toString();
  for (const [name, certificate] of Object.entries({
    'for another key':
      openssl.makeCertificate(
        { key: 'other', subject: '/CN=Elsewhere CA', extensions: CA_EXTENSIONS },
        issuer,
      ) + root,
    'of no CA': sign(['basicConstraints=CA:FALSE']) + root,
    'without its chain': sign(CA_EXTENSIONS),
    'that is none': 'x',
    right: sign(CA_EXTENSIONS) + root,
    again: sign(CA_EXTENSIONS) + root,
  })) {
    await client.call(`authority: upload certificate ${name}`, `POST ${PATH}/${id}/certificate`, {
      body: { certificate },
    });
  }
  await client.call('authority: renew one from elsewhere', `POST ${PATH}/${id}/renew`);
}

async function recordImports(client: Client): Promise<void> {
  const { openssl } = client;
  const old = openssl.makeCertificate(
    { key: 'old', subject: '/CN=Old Root', extensions: CA_EXTENSIONS },
    null,
  );
  client.kept.set('old root', old);
  const weak = client.get('weak key');
  const imports: Readonly<Record<string, object>> = {
    'an old root': { certificate: old, privateKey: derivePem('old') },
    'an old root again': { certificate: old, privateKey: derivePem('old') },
    'with another key': { certificate: old, privateKey: derivePem('other') },
    'without a key': { certificate: old },
    'with a broken key': { certificate: old, privateKey: 'x' },
    'with a broken certificate': { certificate: 'x', privateKey: derivePem('old') },
    'of a leaf': { certificate: client.get('pem of one'), privateKey: derivePem('one') },
    'of a weak key': {
      certificate: openssl.makeCertificate(
        { key: weak, subject: '/CN=Weak', extensions: CA_EXTENSIONS },
        null,
      ),
      privateKey: weak,
    },
    'of a secret that is not there': { certificate: old, keySource: 'secret:CA_KEY_NOWHERE' },
    'with a foreign chain': {
      certificate: old + client.get('elsewhere root'),
      privateKey: derivePem('old'),
    },
    'of an expired root': {
      certificate: openssl.makeShortLived(
        { key: 'expired', subject: '/CN=Expired', extensions: CA_EXTENSIONS },
        Date.UTC(2020, 0, 1),
        Date.UTC(2021, 0, 1),
      ),
      privateKey: derivePem('expired'),
    },
  };
  for (const [name, body] of Object.entries(imports)) {
    const answer = await client.call(`authority: import ${name}`, `POST ${PATH}/import`, {
      body: { name: 'Imported', ...body },
    });
    if (name === 'an old root') client.keep('id of old root', answer.at('id'));
  }
  await recordHistory(client);
}

async function recordHistory(client: Client): Promise<void> {
  const { openssl } = client;
  const path = `${PATH}/${client.get('id of old root')}/history`;
  const issuer = { certificate: client.get('old root'), key: 'old' };
  const certificate = openssl.makeCertificate({ ...leaf('history'), serial: '1001' }, issuer);
  const entry = {
    serial: '1000',
    subject: '/CN=old.example.test',
    notAfter: '2040-01-01T00:00:00Z',
  };
  const revocation = { revokedAt: '2026-05-01T00:00:00Z', reason: 'superseded' };
  const crl = openssl.makeCrl(issuer.certificate, 'old', '07', ['1000']);
  const histories: Readonly<Record<string, object>> = {
    'of two certificates': {
      certificates: [
        { ...entry, revocation },
        { serial: '1001', certificate },
      ],
    },
    'sent again': {
      certificates: [
        { ...entry, revocation },
        { serial: '1001', certificate },
      ],
    },
    'with a list': { crl },
    'with a number': { lastCrlNumber: 41 },
    'with both': { crl, lastCrlNumber: 3 },
    'with a broken list': { crl: 'x' },
    'with a list of another CA': {
      crl: openssl.makeCrl(client.get('elsewhere root'), 'elsewhere', '01', []),
    },
    'that contradicts': {
      certificates: [
        {
          serial: '1001',
          certificate: openssl.makeCertificate({ ...leaf('contra'), serial: '1001' }, issuer),
        },
      ],
    },
    'with a foreign certificate': {
      certificates: [{ serial: '1002', certificate: client.get('pem of one') }],
    },
    'with a broken certificate': { certificates: [{ serial: '1002', certificate: 'x' }] },
    'without an end': { certificates: [{ serial: '1003' }] },
    'without a serial number': { certificates: [{ notAfter: entry.notAfter }] },
    'with an odd reason': {
      certificates: [{ ...entry, revocation: { ...revocation, reason: 'x' } }],
    },
    'with an odd time': { certificates: [{ ...entry, notAfter: 'x' }] },
    'with an unknown field': { certificates: [{ ...entry, color: 'red' }] },
    'with a number that is none': { lastCrlNumber: -1 },
    'with a flag that is none': { uniqueSubject: 'x' },
    'of unique subjects': { uniqueSubject: true, certificates: [{ ...entry, serial: '1004' }] },
    'of the serial number of another CA': {
      certificates: [{ serial: client.get('serial of one'), notAfter: entry.notAfter }],
    },
  };
  for (const [name, body] of Object.entries(histories)) {
    await client.call(`history: ${name}`, `POST ${path}`, { body });
  }
  const serial = client.get('serial of one');
  await client.call('certificate: read, of several', `GET /api/v1/certificates/${serial}`);
  await client.call(
    'certificate: read, one of several',
    `GET /api/v1/certificates/${serial}?authority=default`,
  );
  await client.call('certificate: read imported', 'GET /api/v1/certificates/1000', {
    headers: { Accept: 'application/json' },
  });
  await client.call('certificate: read imported as PEM', 'GET /api/v1/certificates/1000');
  await client.call('revocation: of several', `POST /api/v1/certificates/${serial}/revoke`);
  await client.call('revocation: of imported', 'POST /api/v1/certificates/1001/revoke');
}

async function recordLives(client: Client): Promise<void> {
  const { openssl } = client;
  const edwards = client.get('id of edwards ca');
  const act = (name: string, id: string, verb: string, body?: unknown) =>
    client.call(`authority: ${name}`, `POST ${PATH}/${id}/${verb}`, { body });
  const tryIssue = (name: string) =>
    client.call(`certificate: ${name}`, `POST /api/v1/certificates?authority=${edwards}`, {
      body: openssl.makeCsrPem(leaf('lives')),
    });
  await act('disable', edwards, 'disable');
  await act('disable again', edwards, 'disable');
  await tryIssue('below a disabled CA');
  await act('renew disabled', edwards, 'renew');
  await act('enable', edwards, 'enable');
  await act('enable again', edwards, 'enable');
  await recordResponders(client);
  await act('revoke for no reason', edwards, 'revoke', { reason: 'boredom' });
  await act('revoke on hold', edwards, 'revoke', { reason: 'certificateHold' });
  await act('revoke', edwards, 'revoke', { reason: 'cACompromise' });
  await act('revoke again', edwards, 'revoke');
  await act('enable revoked', edwards, 'enable');
  await act('renew revoked', edwards, 'renew');
  await tryIssue('below a revoked CA');
  await client.call('publish: list of a revoked CA', `GET /crl/${edwards}.crl`, { as: null });
  await client.call('authority: revoke many of a CA', 'POST /api/v1/revocations', {
    body: { serial: client.get('serial of one'), authority: 'default' },
  });
}

async function recordResponders(client: Client): Promise<void> {
  const { openssl } = client;
  const old = client.get('id of old root');
  const responder = (id: string) => `${PATH}/${id}/ocsp-responder`;
  await client.call('responder: none', `GET ${responder(old)}`);
  await client.call('responder: delete none', `DELETE ${responder(old)}`);
  await client.call('responder: of default', `PUT ${responder('default')}`);
  await client.call('responder: of default, again', `PUT ${responder('default')}`);
  await client.call('responder: read', `GET ${responder('default')}`);
  const issuer = { certificate: client.get('old root'), key: 'old' };
  const certify = (key: string, extensions: readonly string[], from = issuer) =>
    openssl.makeCertificate(
      { key, subject: '/CN=Responder', extensions, days: 30, serial: '3001' },
      from,
    );
  const usages = [
    'extendedKeyUsage=OCSPSigning',
    'keyUsage=critical,digitalSignature',
    '1.3.6.1.5.5.7.48.1.5=DER:0500',
  ];
  const right = certify('responder', usages);
  const privateKey = derivePem('responder');
  for (const [name, body] of Object.entries({
    'without a key': { certificate: right },
    'with another key': { certificate: right, privateKey: derivePem('other') },
    'with a broken key': { certificate: right, privateKey: 'x' },
    'with a broken certificate': { certificate: 'x', privateKey },
    'of another CA': {
      certificate: certify('responder', usages, {
        certificate: client.get('elsewhere root'),
        key: 'elsewhere',
      }),
      privateKey,
    },
    'for nothing': {
      certificate: certify('responder', ['extendedKeyUsage=serverAuth']),
      privateKey,
    },
    'that is weak': {
      certificate: certify(client.get('weak key'), usages),
      privateKey: client.get('weak key'),
    },
    right: { certificate: right, privateKey },
  })) {
    await client.call(`responder: upload ${name}`, `PUT ${responder(old)}`, { body });
  }
  await client.call('responder: read uploaded', `GET ${responder(old)}`);
}
