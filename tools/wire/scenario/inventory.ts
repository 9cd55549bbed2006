import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { deriveKey, derivePem, exportKey, exportPublicKey } from '../keys.ts';
import { breakSignature, toDer } from '../openssl.ts';
import { recordPages } from './accounts.ts';
import { leaf } from './certificates.ts';

const PATH = '/api/v1/inventory';

/** Certificates that lie in the inventory, by the API of our own. Leaves `entry www`. */
export async function recordInventory(client: Client): Promise<void> {
  const { openssl } = client;
  const own = openssl.makeCertificate(leaf('kept'), null);
  client.kept.set('pem of kept', own);
  const add = (name: string, body: object) =>
    client.call(`inventory: add ${name}`, `POST ${PATH}`, { body });
  const www = await add('www', { name: 'www', certificate: own, privateKey: derivePem('kept') });
  const id = client.keep('entry www', www.at('id'));
  await recordUploads(client, own);
  await client.call('inventory: read', `GET ${PATH}/${id}`);
  await client.call('inventory: read unknown', `GET ${PATH}/cert-000000000000`);
  await client.call('inventory: list', `GET ${PATH}`);
  await client.call('inventory: list by name', `GET ${PATH}?name=www`);
  await client.call('inventory: list by unknown name', `GET ${PATH}?name=nobody`);
  const first = await client.call('inventory: list, limit 2', `GET ${PATH}?limit=2`);
  const cursor = encodeURIComponent(first.at('next'));
  await client.call('inventory: list, next page', `GET ${PATH}?limit=2&cursor=${cursor}`);
  await recordPages(client, PATH);
  const accounts = await client.call(
    'inventory: cursor of another list',
    `GET ${PATH}?cursor=${cursor}&name=www`,
  );
  if (accounts.status >= 500) throw new Error('The cursor of another list broke it.');
  await client.call('inventory: private key', `GET ${PATH}/${id}/private-key`);
  for (const [name, text] of Object.entries({
    same: 'www',
    taken: 'sealed',
    odd: '1',
    'with a space': 'a b',
    new: 'www-2',
  })) {
    await client.call(`inventory: rename, ${name}`, `PATCH ${PATH}/${id}`, {
      body: { name: text },
    });
  }
  await recordBindings(client, id);
  await recordReplacing(client, id);
  await recordQuota(client);
}

async function recordUploads(client: Client, own: string): Promise<void> {
  const { openssl } = client;
  const key = deriveKey('kept');
  const root = client.get('elsewhere root');
  const issuer = { certificate: root, key: 'elsewhere' };
  const below = openssl.makeCertificate(leaf('chained'), issuer);
  const weak = client.get('weak key');
  const rsa = client.get('rsa key');
  const rsaPublic = openssl.run(['pkey', '-pubout'], rsa).toString();
  const expired = openssl.makeShortLived(
    leaf('expired'),
    Date.UTC(2020, 0, 1),
    Date.UTC(2021, 0, 1),
  );
  const future = openssl.makeShortLived(leaf('future'), Date.UTC(2090, 0, 1), Date.UTC(2091, 0, 1));
  const serial = client.get('serial of below');
  const authority = client.get('id of web ca');
  const base = { certificate: own, privateKey: derivePem('kept') };
  const uploads: Readonly<Record<string, object>> = {
    'with a name that is taken': { ...base, name: 'www' },
    'sealed for an RSA key': { ...base, name: 'sealed', uploadPublicKey: rsaPublic },
    'sealed for a P-256 key': {
      ...base,
      name: 'sealed-p256',
      uploadPublicKey: exportPublicKey(deriveKey('upload')),
    },
    'sealed for a broken key': { ...base, name: 'x', uploadPublicKey: 'x' },
    'sealed for a weak key': {
      ...base,
      name: 'x',
      uploadPublicKey: openssl.run(['pkey', '-pubout'], weak).toString(),
    },
    'with a chain': {
      name: 'chained',
      certificate: below,
      chain: root,
      privateKey: derivePem('chained'),
    },
    'with its chain in one field': {
      name: 'bundle',
      certificate: below + root,
      privateKey: derivePem('chained'),
    },
    'with a foreign chain': { ...base, name: 'x', chain: root },
    'with a broken chain': { ...base, name: 'x', chain: 'x' },
    'with a long chain': { ...base, name: 'x', chain: root.repeat(30) },
    'in base64 of DER': {
      name: 'base64',
      certificate: toDer(own).toString('base64'),
      privateKey: exportKey(key, 'sec1'),
    },
    'of a client': { name: 'client', certificate: own, type: 'client' },
    'of a server without a key': { name: 'x', certificate: own },
    'of no type': { ...base, name: 'x', type: 'other' },
    'with another key': { ...base, name: 'x', privateKey: derivePem('other') },
    'with a broken key': { ...base, name: 'x', privateKey: 'x' },
    'with an encrypted key': {
      ...base,
      name: 'x',
      privateKey: key
        .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
    },
    'with a broken certificate': { ...base, name: 'x', certificate: 'x' },
    'with a broken signature': {
      name: 'forged',
      certificate: breakSignature(own),
      privateKey: derivePem('kept'),
    },
    'that is expired': { name: 'x', certificate: expired, privateKey: derivePem('expired') },
    'that is not valid yet': { name: 'x', certificate: future, privateKey: derivePem('future') },
    'that is weak': {
      name: 'weak',
      certificate: openssl.makeCertificate({ ...leaf('weak'), key: weak }, null),
      privateKey: weak,
    },
    'with an odd name': { ...base, name: '1www' },
    'with a long name': { ...base, name: 'a'.repeat(66) },
    'with an unknown field': { ...base, name: 'x', color: 'red' },
    'that was issued here': { name: 'issued', serial, authority, privateKey: derivePem('below') },
    'that was issued here, as a client': { name: 'issued-client', serial, authority },
    'that was issued here, with another key': {
      name: 'x',
      serial,
      authority,
      privateKey: derivePem('other'),
    },
    'that nobody issued': { name: 'x', serial: '1234567890abcdef' },
    'that is revoked': { name: 'x', serial: client.get('serial of plain') },
    'by an odd serial number': { name: 'x', serial: 'xyz' },
  };
  for (const [name, body] of Object.entries(uploads)) {
    const answer = await client.call(`inventory: add one ${name}`, `POST ${PATH}`, { body });
    if (answer.status !== 201) continue;
    const id = client.keep(`entry ${name}`, answer.at('id'));
    await client.call(`inventory: read one ${name}`, `GET ${PATH}/${id}`);
    await client.call(`inventory: key of one ${name}`, `GET ${PATH}/${id}/private-key`);
  }
}

async function recordBindings(client: Client, id: string): Promise<void> {
  const path = `${PATH}/${id}/bindings`;
  const binding = { serviceName: 'cdn', resourceId: 'www.example.test' };
  await client.call('bindings: none', `GET ${path}`);
  await client.call('bindings: bind', `PUT ${path}`, { body: binding });
  await client.call('bindings: bind again', `PUT ${path}`, { body: binding });
  for (const [name, body] of Object.entries({
    'without a service': { resourceId: 'a' },
    'with an empty service': { ...binding, serviceName: '' },
    'with a control character': { ...binding, resourceId: 'a\u0000' },
    'with a long name': { ...binding, resourceId: 'a'.repeat(129) },
  })) {
    await client.call(`bindings: bind ${name}`, `PUT ${path}`, { body });
  }
  await client.call('bindings: list', `GET ${path}`);
  await client.call('bindings: read entry', `GET ${PATH}/${id}`);
  await client.call('bindings: delete entry', `DELETE ${PATH}/${id}`);
  await client.call('bindings: unbind another', `DELETE ${path}`, {
    body: { ...binding, resourceId: 'b' },
  });
  for (let number = 0; number < 99; number++) {
    await client.recorder.sendOnly(
      client.makeRequest(`PUT ${path}`, { body: { ...binding, resourceId: `r${number}` } }),
    );
  }
  await client.call('bindings: one too many', `PUT ${path}`, {
    body: { ...binding, resourceId: 'z' },
  });
  for (let number = 0; number < 99; number++) {
    await client.recorder.sendOnly(
      client.makeRequest(`DELETE ${path}`, { body: { ...binding, resourceId: `r${number}` } }),
    );
  }
}

async function recordReplacing(client: Client, id: string): Promise<void> {
  const { openssl } = client;
  const certificate = openssl.makeCertificate(leaf('new'), null);
  const body = { certificate, privateKey: derivePem('new') };
  await client.call('inventory: replace in use', `PUT ${PATH}/${id}`, { body });
  await client.call('bindings: unbind', `DELETE ${PATH}/${id}/bindings`, {
    body: { serviceName: 'cdn', resourceId: 'www.example.test' },
  });
  await client.call('inventory: replace what is valid', `PUT ${PATH}/${id}`, { body });
  await client.call('inventory: replace unknown', `PUT ${PATH}/cert-000000000000`, { body });
  const brief = await client.call('inventory: add a brief one', `POST ${PATH}`, {
    body: {
      name: 'brief',
      certificate: openssl.makeShortLived(
        leaf('brief'),
        Date.now() - 86_400_000,
        Date.now() + 3000,
      ),
      privateKey: derivePem('brief'),
    },
  });
  await sleep(4500);
  const briefPath = `${PATH}/${client.keep('entry brief', brief.at('id'))}`;
  await client.call('inventory: read what expired', `GET ${briefPath}`);
  await client.call('inventory: replace by a taken name', `PUT ${briefPath}`, {
    body: { ...body, name: 'sealed' },
  });
  await client.call('inventory: replace', `PUT ${briefPath}`, { body });
  await client.call('inventory: read replaced', `GET ${briefPath}`);
  await client.call('inventory: delete', `DELETE ${briefPath}`);
  await client.call('inventory: delete again', `DELETE ${briefPath}`);
}

async function recordQuota(client: Client): Promise<void> {
  const as = { id: client.get('key web'), secret: client.get('secret web') };
  const certificate = client.get('pem of kept');
  for (const name of ['a', 'b', 'c']) {
    await client.call(`inventory: quota of 2, ${name}`, `POST ${PATH}`, {
      as,
      body: { name, certificate, privateKey: derivePem('kept') },
    });
  }
  await client.call(
    'inventory: entry of another account',
    `GET ${PATH}/${client.get('entry www')}`,
    { as },
  );
  const reader = { id: client.get('key reader'), secret: client.get('secret reader') };
  await client.call('inventory: without the scope', `GET ${PATH}`, { as: reader });
}
