import { DONE, jsonAnswer, jsonBody, jsonForm, PAGE_QUERY } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import {
  ACCESS_KEY_CHANGES_REQUEST,
  ACCESS_KEY_REQUEST,
  createAccessKey,
  deleteAccessKey,
  getAccessKey,
  listAccessKeys,
  updateAccessKey,
} from './access-keys.ts';
import { ACCESS_KEY, ACCESS_KEYS, NEW_ACCESS_KEY } from './answers.ts';

const PATH = { id: 'Id of the access key.' };

const FIELDS = {
  name: 'For people: 1 to 100 characters, none of them a control character.',
  scopes: {
    description:
      'What it may do: 1 to 64 of `service:Action`, `service:*` and `*`. The key that makes or changes it must hold them itself.',
    minItems: 1,
    maxItems: 64,
  },
  expiresAt: 'From then on it is refused; `null` for a key without an end. In the future.',
};

const EXAMPLE = {
  id: 'ak-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  name: 'ci',
  scopes: ['certificates:Issue', 'certificates:Read'],
  enabled: true,
  expiresAt: '2027-11-22T00:00:00Z',
  createdAt: '2026-11-22T04:36:45Z',
  lastUsedAt: null,
};

export const ACCESS_KEY_OPERATIONS: readonly Operation[] = [
  {
    handle: createAccessKey,
    tag: 'Access keys',
    summary: 'Make an access key',
    description: 'The answer shows the secret, this once.',
    request: jsonBody(
      jsonForm(
        'An access key',
        ACCESS_KEY_REQUEST,
        {
          ...FIELDS,
          accountId:
            'The account that it acts for; left out: the one that asks. Another one is for `root`.',
        },
        {
          name: 'ci',
          accountId: 'acct-x31v0m8q2c7k',
          scopes: ['certificates:Issue', 'certificates:Read'],
          expiresAt: '2027-11-22T00:00:00Z',
        },
      ),
    ),
    answers: {
      201: {
        ...jsonAnswer('The access key with its secret.', NEW_ACCESS_KEY, {
          ...EXAMPLE,
          secret: 'wV3…',
        }),
        headers: { Location: 'Its address.' },
      },
    },
    errors: ['missing-parameter', 'invalid-parameter', 'account-not-found'],
  },
  {
    handle: listAccessKeys,
    tag: 'Access keys',
    summary: 'List access keys',
    description: 'The account `root` sees those of all, any other its own.',
    query: {
      accountId: { description: 'Those of this account alone.', type: 'string' },
      ...PAGE_QUERY,
    },
    answers: { 200: jsonAnswer('A page.', ACCESS_KEYS, { accessKeys: [EXAMPLE], next: null }) },
    errors: ['invalid-parameter'],
  },
  {
    handle: getAccessKey,
    tag: 'Access keys',
    summary: 'Read an access key',
    path: PATH,
    answers: { 200: jsonAnswer('The access key.', ACCESS_KEY, EXAMPLE) },
    errors: ['access-key-not-found'],
  },
  {
    handle: updateAccessKey,
    tag: 'Access keys',
    summary: 'Change an access key',
    description: 'What is left out stays as it is. It counts from the next request on.',
    path: PATH,
    request: jsonBody(
      jsonForm(
        'Changes',
        ACCESS_KEY_CHANGES_REQUEST,
        { ...FIELDS, enabled: 'Whether it may be used.' },
        { enabled: false },
      ),
    ),
    answers: {
      200: jsonAnswer('The access key as it is now.', ACCESS_KEY, { ...EXAMPLE, enabled: false }),
    },
    errors: ['access-key-not-found', 'missing-parameter', 'invalid-parameter'],
  },
  {
    handle: deleteAccessKey,
    tag: 'Access keys',
    summary: 'Delete an access key',
    path: PATH,
    answers: { 204: DONE },
    errors: ['access-key-not-found'],
  },
];
