import type { Client } from '../client.ts';
import { derivePem } from '../keys.ts';
import { leaf } from './certificates.ts';

const PATH = '/api/v1/authorities';

/** Disabling, enabling, revoking, and who signs OCSP responses. */
export async function recordLives(client: Client): Promise<void> {
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
  await client.call('responder: of default', `PUT ${responder('default')}`, { body: {} });
  await client.call('responder: of default, again', `PUT ${responder('default')}`, { body: {} });
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
