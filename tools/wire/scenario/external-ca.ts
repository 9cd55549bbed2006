import type { Client } from '../client.ts';
import { recordPages } from './accounts.ts';

const PATH = '/api/v1/external-ca-instances';

/** Permissions for CAs that others run. Leaves instances for the calls that use them up. */
export async function recordInstances(client: Client): Promise<void> {
  const make = async (name: string, body?: unknown) => {
    const answer = await client.call(`instance: make ${name}`, `POST ${PATH}`, { body });
    if (answer.status === 201) client.keep(`instance ${name}`, answer.at('instanceId'));
  };
  await make('plain');
  await make('for an account', {
    accountId: client.get('account web'),
    maxValidityDays: 100,
    maxPathLength: 1,
  });
  await make('to refund', { authority: 'default' });
  await make('spare', {});
  await make('unbounded', { maxValidityDays: null, maxPathLength: null });
  for (const [name, body] of Object.entries({
    'for an unknown account': { accountId: 'acct-000000000000' },
    'of an unknown authority': { authority: 'no-such' },
    'of a revoked authority': { authority: client.get('id of edwards ca') },
    'of a CA without room': { authority: client.get('id of web ca') },
    'of no days': { maxValidityDays: 0 },
    'of a negative length': { maxPathLength: -1 },
    'of text': { maxPathLength: 'x' },
    'with an unknown field': { color: 'red' },
  })) {
    await make(name, body);
  }
  await client.call('instance: list', `GET ${PATH}`, { unordered: true });
  await recordPages(client, PATH);
  const path = `${PATH}/${client.get('instance to refund')}`;
  await client.call('instance: read', `GET ${path}`);
  await client.call('instance: refund', `POST ${path}/refund`);
  await client.call('instance: refund again', `POST ${path}/refund`);
  await client.call('instance: read refunded', `GET ${path}`);
  await client.call('instance: unknown', `GET ${PATH}/cas_deposit-cn-000000000000`);
  await client.call('instance: refund unknown', `POST ${PATH}/cas_deposit-cn-000000000000/refund`);
  const as = { id: client.get('key web'), secret: client.get('secret web') };
  await client.call('instance: list of another account', `GET ${PATH}`, { as });
  await client.call('instance: another account makes one', `POST ${PATH}`, { as, body: {} });
  await client.call('instance: of somebody else', `GET ${path}`, { as });
}
