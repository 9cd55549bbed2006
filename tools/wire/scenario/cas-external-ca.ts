import type { Client } from '../client.ts';
import { breakSignature } from '../openssl.ts';
import { callRpc } from './cas.ts';

type Parameters = Readonly<Record<string, string>>;

/** CAs that others run, each with an instance that it uses up. */
export async function recordExternalCa(client: Client): Promise<void> {
  const { openssl } = client;
  const Csr = openssl.makeCsrPem({ key: 'external', subject: '/C=DE/O=Wire/CN=External CA' });
  const action = 'CreateExternalCACertificate';
  const base = { InstanceId: client.get('instance plain'), Csr, Validity: '100d' };
  const spare = client.get('instance spare');
  const refused: Readonly<Record<string, Parameters>> = {
    'no instance': { InstanceId: '' },
    'unknown instance': { InstanceId: 'cas_deposit-cn-000000000000' },
    'refunded instance': { InstanceId: client.get('instance to refund') },
    'no request': { Csr: '' },
    'broken request': { Csr: 'x' },
    'broken signature': { Csr: breakSignature(Csr) },
    'weak key': {
      Csr: openssl.makeCsrPem({ key: client.get('weak key'), subject: '/CN=Weak CA' }),
    },
    'no validity': { Validity: '' },
    'odd validity': { Validity: 'x' },
    'long validity': { Validity: '20y' },
    'long path': { ApiPassthrough: JSON.stringify({ Extensions: { PathLenConstraint: 3 } }) },
    'odd path': { ApiPassthrough: JSON.stringify({ Extensions: { PathLenConstraint: 'x' } }) },
    'odd usages': {
      ApiPassthrough: JSON.stringify({ Extensions: { ExtendedKeyUsages: ['flying'] } }),
    },
    'odd country': { ApiPassthrough: JSON.stringify({ Subject: { Country: 'DEU' } }) },
    'subject of its issuer': {
      ApiPassthrough: JSON.stringify({ Subject: { CommonName: 'Signet Root CA' } }),
    },
    'empty subject': { Csr: openssl.makeCsrPem({ key: 'external', subject: '/' }) },
  };
  for (const [name, change] of Object.entries(refused)) {
    await callRpc(client, `external, ${name}`, action, { ...base, InstanceId: spare, ...change });
  }
  const made = await callRpc(client, 'external', action, base);
  client.keep('rpc external', made.at('Identifier'));
  await callRpc(client, 'external, used', action, base);
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  await callRpc(
    client,
    'external, of another account',
    action,
    { ...base, InstanceId: spare },
    { as: web },
  );
  await callRpc(
    client,
    'external, asked for much',
    action,
    {
      ...base,
      Csr: openssl.makeCsrPem({ key: 'external-2', subject: '/CN=x' }),
      InstanceId: client.get('instance for an account'),
      Validity: '50d',
      ApiPassthrough: JSON.stringify({
        Subject: { Country: 'DE', CommonName: 'External Two' },
        Extensions: { PathLenConstraint: 1, ExtendedKeyUsages: ['serverAuth'] },
      }),
    },
    { as: web, signature: 1 },
  );
}
