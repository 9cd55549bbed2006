import type { Client } from '../client.ts';
import { derivePem } from '../keys.ts';
import { leaf } from './certificates.ts';

const PATH = '/api/v1/authorities';

/** What makes a certificate one of a CA. */
export const CA_EXTENSIONS = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

/** A CA whose parent is elsewhere: its request, and the certificate that comes for it. */
export async function recordRequests(client: Client): Promise<void> {
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
