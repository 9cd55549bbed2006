import { array, description, type InferOutput, picklist, pipe } from 'valibot';
import type { OwnedAcmeAccount } from '../../../acme/account-administration.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, PAGE_QUERY } from '../../endpoint.ts';
import { moment, NEXT, named, text, textOrNull, texts } from '../common/answer-fields.ts';
import { formatDateTimeMs } from '../common/date-time.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';

const LIST = 'acme-accounts';

const ACME_ACCOUNT = named('AcmeAccount', {
  id: text('`acme-` and 20 of A-Za-z0-9: the last part of its URL, and the actor of its events.'),
  accountId: text('Id of the account that owns its certificates.'),
  authority: text('Id of the authority of its directory.'),
  eabKeyId: textOrNull('The key that it was bound with; null if it was created without one.'),
  status: pipe(
    picklist(['valid', 'deactivated']),
    description('`deactivated`: by its client or through this API, for ever.'),
  ),
  contacts: texts('What the client gave: `mailto` URLs.'),
  createdAt: moment('When it was created.'),
});

const ACME_ACCOUNTS = named('AcmeAccounts', {
  acmeAccounts: pipe(array(ACME_ACCOUNT), description('Sorted by id.')),
  next: NEXT,
});

const EXAMPLE: InferOutput<typeof ACME_ACCOUNT> = {
  id: 'acme-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  authority: 'default',
  eabKeyId: 'eab-5Jt0sYqkWb2vGm81xZcA',
  status: 'valid',
  contacts: ['mailto:admin@example.test'],
  createdAt: '2026-11-22T04:36:45Z',
};

const PARAMS = { id: 'Id of the ACME account.' };

function describe(account: OwnedAcmeAccount): InferOutput<typeof ACME_ACCOUNT> {
  const { id, accountId, lineageId, eabKeyId, status, contacts, createdAtMs } = account;
  return {
    id,
    accountId,
    authority: lineageId,
    eabKeyId,
    status,
    contacts: [...contacts],
    createdAt: formatDateTimeMs(createdAtMs),
  };
}

const listAcmeAccounts = defineEndpoint({
  id: 'listAcmeAccounts',
  method: 'GET',
  path: '/api/v1/acme/accounts',
  caller: 'acme:Read',
  tag: 'ACME',
  summary: 'List ACME accounts',
  description: 'The account `root` sees all of them. Any other account sees its own.',
  query: {
    eabKeyId: { description: 'Only those that were bound with this key.', type: 'string' },
    accountId: { description: 'Only those whose certificates this account owns.', type: 'string' },
    ...PAGE_QUERY,
  },
  answers: { 200: jsonAnswer('A page.', ACME_ACCOUNTS, { acmeAccounts: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const filter = {
      accountId: url.searchParams.get('accountId'),
      eabKeyId: url.searchParams.get('eabKeyId'),
    };
    const page = await c
      .get('services')
      .acmeAdministration.list(c.get('principal'), filter, readPageRequest(url, LIST));
    note(c, `listed ${page.items.length} ACME accounts`);
    const answer: InferOutput<typeof ACME_ACCOUNTS> = {
      acmeAccounts: page.items.map(describe),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getAcmeAccount = defineEndpoint({
  id: 'getAcmeAccount',
  method: 'GET',
  path: '/api/v1/acme/accounts/:id',
  caller: 'acme:Read',
  tag: 'ACME',
  summary: 'Read an ACME account',
  params: PARAMS,
  answers: { 200: jsonAnswer('The ACME account.', ACME_ACCOUNT, EXAMPLE) },
  errors: ['acme-account-not-found'],
  handle: async (c) => {
    const { acmeAdministration } = c.get('services');
    const account = await acmeAdministration.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${account.id}`);
    return c.json(describe(account));
  },
});

const deactivateAcmeAccount = defineEndpoint({
  id: 'deactivateAcmeAccount',
  method: 'POST',
  path: '/api/v1/acme/accounts/:id/deactivate',
  caller: 'acme:Manage',
  tag: 'ACME',
  summary: 'Deactivate an ACME account',
  description:
    'It stops at its next request, for ever, and its key cannot get another account. Its certificates stay valid. A second call changes nothing.',
  params: PARAMS,
  answers: {
    200: jsonAnswer('The deactivated account.', ACME_ACCOUNT, {
      ...EXAMPLE,
      status: 'deactivated',
    }),
  },
  errors: ['acme-account-not-found'],
  handle: async (c) => {
    const account = await c
      .get('services')
      .acmeAdministration.deactivate(
        c.get('principal'),
        c.req.param('id'),
        c.get('requestContext'),
      );
    note(c, `deactivated ${account.id}`);
    return c.json(describe(account));
  },
});

export const ACME_ACCOUNT_ENDPOINTS: readonly Endpoint[] = [
  listAcmeAccounts,
  getAcmeAccount,
  deactivateAcmeAccount,
];
