import { array, description, exactOptional, type InferOutput, pipe, strictObject } from 'valibot';
import type { Account } from '../../../access/store.ts';
import { note } from '../../context.ts';
import {
  CREATED_HEADERS,
  DONE,
  defineEndpoint,
  type Endpoint,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
} from '../../endpoint.ts';
import { moment, NEXT, named, text, textOrNull, wholeOrNull } from '../common/answer-fields.ts';
import { formatDateTimeMs } from '../common/date-time.ts';
import { NULLABLE_NUMBER, NULLABLE_TEXT, TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readChangesBody, readJsonBody } from '../common/read-json.ts';

const LIST = 'accounts';

const ACCOUNT_REQUEST = strictObject({
  name: TEXT,
  inventoryQuota: exactOptional(NULLABLE_NUMBER, null),
  authorityQuota: exactOptional(NULLABLE_NUMBER, null),
  policyId: exactOptional(NULLABLE_TEXT, null),
});

const CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  inventoryQuota: exactOptional(NULLABLE_NUMBER),
  authorityQuota: exactOptional(NULLABLE_NUMBER),
  policyId: exactOptional(NULLABLE_TEXT),
});

const REQUEST_FIELDS = {
  name: 'For people: 1 to 100 characters without control characters.',
  inventoryQuota: {
    description:
      'The number of certificates that its inventory may hold. `null`: the default, which is the variable `INVENTORY_QUOTA`.',
    minimum: 0,
  },
  authorityQuota: {
    description:
      'The number of authorities that it may own. `null`: the default, which is the variable `AUTHORITY_QUOTA`, or no limit for the account `root`.',
    minimum: 0,
  },
  policyId:
    'Id of a policy of `root` that bounds every certificate of the account, whatever access key asks for it. `null`: none.',
};

const ACCOUNT = named('Account', {
  id: text('`root`, or `acct-` and 12 of a-z0-9.'),
  name: text('For people.'),
  inventoryQuota: wholeOrNull(
    'The number of certificates that its inventory may hold; null for the default.',
  ),
  authorityQuota: wholeOrNull('The number of authorities that it may own; null for the default.'),
  policyId: textOrNull('Id of the policy that bounds its certificates; null for none.'),
  createdAt: moment('When it was created.'),
});

const ACCOUNTS = named('Accounts', {
  accounts: pipe(array(ACCOUNT), description('Sorted by id.')),
  next: NEXT,
});

const EXAMPLE = {
  id: 'acct-x31v0m8q2c7k',
  name: 'web team',
  inventoryQuota: null,
  authorityQuota: null,
  policyId: null,
  createdAt: '2026-11-22T04:36:45Z',
};

const PARAMS = { id: 'Id of the account; `root` always exists.' };

function describe({ createdAtMs, ...account }: Account): InferOutput<typeof ACCOUNT> {
  return { ...account, createdAt: formatDateTimeMs(createdAtMs) };
}

const createAccount = defineEndpoint({
  id: 'createAccount',
  method: 'POST',
  path: '/api/v1/accounts',
  caller: 'accounts:Manage',
  idempotent: true,
  tag: 'Accounts',
  summary: 'Create an account',
  request: jsonBody(
    jsonForm('An account', ACCOUNT_REQUEST, REQUEST_FIELDS, {
      name: 'web team',
      inventoryQuota: null,
    }),
  ),
  answers: { 201: { ...jsonAnswer('The account.', ACCOUNT, EXAMPLE), headers: CREATED_HEADERS } },
  errors: ['missing-parameter', 'invalid-parameter', 'policy-not-found'],
  handle: async (c) => {
    const request = await readJsonBody(c, ACCOUNT_REQUEST);
    const { accounts } = c.get('services');
    const account = await accounts.create(c.get('principal'), request, c.get('requestContext'));
    note(c, `created ${account.id}`);
    return c.json(describe(account), 201, { Location: `/api/v1/accounts/${account.id}` });
  },
});

const listAccounts = defineEndpoint({
  id: 'listAccounts',
  method: 'GET',
  path: '/api/v1/accounts',
  caller: 'accounts:Manage',
  tag: 'Accounts',
  summary: 'List accounts',
  description: 'The account `root` sees all accounts. Any other account sees itself.',
  query: PAGE_QUERY,
  answers: { 200: jsonAnswer('A page.', ACCOUNTS, { accounts: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const { accounts } = c.get('services');
    const page = await accounts.list(c.get('principal'), readPageRequest(c.get('url'), LIST));
    note(c, `listed ${page.items.length} accounts`);
    const answer: InferOutput<typeof ACCOUNTS> = {
      accounts: page.items.map(describe),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getAccount = defineEndpoint({
  id: 'getAccount',
  method: 'GET',
  path: '/api/v1/accounts/:id',
  caller: 'accounts:Manage',
  tag: 'Accounts',
  summary: 'Read an account',
  params: PARAMS,
  answers: { 200: jsonAnswer('The account.', ACCOUNT, EXAMPLE) },
  errors: ['account-not-found'],
  handle: async (c) => {
    const { accounts } = c.get('services');
    const account = await accounts.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${account.id}`);
    return c.json(describe(account));
  },
});

const updateAccount = defineEndpoint({
  id: 'updateAccount',
  method: 'PATCH',
  path: '/api/v1/accounts/:id',
  caller: 'accounts:Manage',
  tag: 'Accounts',
  summary: 'Change an account',
  description: 'Fields that are left out do not change.',
  params: PARAMS,
  request: jsonBody(jsonForm('Changes', CHANGES_REQUEST, REQUEST_FIELDS, { inventoryQuota: 500 })),
  answers: {
    200: jsonAnswer('The changed account.', ACCOUNT, { ...EXAMPLE, inventoryQuota: 500 }),
  },
  errors: ['account-not-found', 'missing-parameter', 'invalid-parameter', 'policy-not-found'],
  handle: async (c) => {
    const changes = await readChangesBody(c, CHANGES_REQUEST);
    const account = await c
      .get('services')
      .accounts.update(c.get('principal'), c.req.param('id'), changes, c.get('requestContext'));
    note(c, `updated ${account.id}`);
    return c.json(describe(account));
  },
});

const deleteAccount = defineEndpoint({
  id: 'deleteAccount',
  method: 'DELETE',
  path: '/api/v1/accounts/:id',
  caller: 'accounts:Manage',
  tag: 'Accounts',
  summary: 'Delete an account',
  description:
    'Only an account without access keys, policies, certificates, keys for external account binding, ACME accounts, authorities and external CA instances; a refunded instance does not count. `root` cannot be deleted.',
  params: PARAMS,
  answers: { 204: DONE },
  errors: ['account-not-found', 'in-use'],
  handle: async (c) => {
    const { accounts } = c.get('services');
    await accounts.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted an account');
    return c.body(null, 204);
  },
});

export const ACCOUNT_ENDPOINTS: readonly Endpoint[] = [
  createAccount,
  listAccounts,
  getAccount,
  updateAccount,
  deleteAccount,
];
