import type { Client } from '../client.ts';
import { derivePem } from '../keys.ts';
import { CA_EXTENSIONS } from './authority-requests.ts';
import { leaf } from './certificates.ts';

const PATH = '/api/v1/authorities';

/** CAs that were elsewhere before. Leaves `old root`. */
export async function recordImports(client: Client): Promise<void> {
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
}

/** What an imported CA did before. */
export async function recordHistory(client: Client): Promise<void> {
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
