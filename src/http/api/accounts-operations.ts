import { DONE, jsonAnswer, jsonBody, jsonForm, PAGE_QUERY } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import {
  ACCOUNT_CHANGES_REQUEST,
  ACCOUNT_REQUEST,
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from './accounts.ts';
import { ACCOUNT, ACCOUNTS } from './answers.ts';

const PATH = { id: 'Id of the account; `root` is always there.' };

const FIELDS = {
  name: 'For people: 1 to 100 characters, none of them a control character.',
  inventoryQuota: {
    description:
      'Certificates that its inventory may hold; `null` for the default, which is the variable `INVENTORY_QUOTA`.',
    minimum: 0,
  },
};

const EXAMPLE = {
  id: 'acct-x31v0m8q2c7k',
  name: 'web team',
  inventoryQuota: null,
  createdAt: '2026-11-22T04:36:45Z',
};

export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  {
    handle: createAccount,
    tag: 'Accounts',
    summary: 'Make an account',
    request: jsonBody(
      jsonForm('An account', ACCOUNT_REQUEST, FIELDS, { name: 'web team', inventoryQuota: null }),
    ),
    answers: {
      201: {
        ...jsonAnswer('The account.', ACCOUNT, EXAMPLE),
        headers: { Location: 'Its address.' },
      },
    },
    errors: ['missing-parameter', 'invalid-parameter'],
  },
  {
    handle: listAccounts,
    tag: 'Accounts',
    summary: 'List accounts',
    description: 'The account `root` sees all, any other itself.',
    query: PAGE_QUERY,
    answers: { 200: jsonAnswer('A page.', ACCOUNTS, { accounts: [EXAMPLE], next: null }) },
    errors: ['invalid-parameter'],
  },
  {
    handle: getAccount,
    tag: 'Accounts',
    summary: 'Read an account',
    path: PATH,
    answers: { 200: jsonAnswer('The account.', ACCOUNT, EXAMPLE) },
    errors: ['account-not-found'],
  },
  {
    handle: updateAccount,
    tag: 'Accounts',
    summary: 'Change an account',
    description: 'What is left out stays as it is.',
    path: PATH,
    request: jsonBody(
      jsonForm('Changes', ACCOUNT_CHANGES_REQUEST, FIELDS, { inventoryQuota: 500 }),
    ),
    answers: {
      200: jsonAnswer('The account as it is now.', ACCOUNT, { ...EXAMPLE, inventoryQuota: 500 }),
    },
    errors: ['account-not-found', 'missing-parameter', 'invalid-parameter'],
  },
  {
    handle: deleteAccount,
    tag: 'Accounts',
    summary: 'Delete an account',
    description: 'One without access keys and certificates; never `root`.',
    path: PATH,
    answers: { 204: DONE },
    errors: ['account-not-found', 'in-use'],
  },
];
