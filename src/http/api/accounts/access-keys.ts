import { exactOptional, type InferOutput, strictObject } from 'valibot';
import { parseScopes } from '../../../access/scopes.ts';
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
import { FLAG, NULLABLE_DATE_TIME, NULLABLE_TEXT, TEXT, TEXTS } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readChangesBody, readJsonBody } from '../common/read-json.ts';
import {
  ACCESS_KEY,
  ACCESS_KEYS,
  describe,
  EXAMPLE,
  NEW_ACCESS_KEY,
} from './access-key-answers.ts';

const LIST = 'access-keys';

const ACCESS_KEY_REQUEST = strictObject({
  name: TEXT,
  scopes: TEXTS,
  accountId: exactOptional(TEXT),
  expiresAt: exactOptional(NULLABLE_DATE_TIME, null),
  policyId: exactOptional(NULLABLE_TEXT),
});

const CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  scopes: exactOptional(TEXTS),
  enabled: exactOptional(FLAG),
  expiresAt: exactOptional(NULLABLE_DATE_TIME),
  policyId: exactOptional(NULLABLE_TEXT),
});

const REQUEST_FIELDS = {
  name: 'For people: 1 to 100 characters without control characters.',
  scopes: {
    description:
      'What it may do: 1 to 64 of `service:Action`, `service:*` and `*`. The access key that sends this request must hold these scopes itself.',
    minItems: 1,
    maxItems: 64,
  },
  expiresAt: 'When it expires, in the future. `null`: never.',
  policyId:
    'Id of the policy that bounds its certificates, of its account or of `root`. `null`: none. An access key that a policy bounds creates and changes only keys with the same policy.',
};

const PARAMS = { id: 'Id of the access key.' };

const createAccessKey = defineEndpoint({
  id: 'createAccessKey',
  method: 'POST',
  path: '/api/v1/access-keys',
  caller: 'accounts:Manage',
  idempotent: true,
  tag: 'Access keys',
  summary: 'Create an access key',
  description: 'Only this answer shows the secret.',
  request: jsonBody(
    jsonForm(
      'An access key',
      ACCESS_KEY_REQUEST,
      {
        ...REQUEST_FIELDS,
        accountId:
          'Id of the account that it acts for. Default: the account of the caller. Only `root` may name another account.',
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
      headers: CREATED_HEADERS,
    },
  },
  errors: ['missing-parameter', 'invalid-parameter', 'account-not-found', 'policy-not-found'],
  handle: async (c) => {
    const request = await readJsonBody(c, ACCESS_KEY_REQUEST);
    const { accessKey, secret } = await c.get('services').accessKeys.create(
      c.get('principal'),
      {
        accountId: request.accountId ?? null,
        name: request.name,
        scopes: parseScopes(request.scopes),
        expiresAtSeconds: request.expiresAt,
        ...(request.policyId === undefined ? {} : { policyId: request.policyId }),
      },
      c.get('requestContext'),
    );
    note(c, `created ${accessKey.id}`);
    const answer: InferOutput<typeof NEW_ACCESS_KEY> = { ...describe(accessKey), secret };
    return c.json(answer, 201, { Location: `/api/v1/access-keys/${accessKey.id}` });
  },
});

const listAccessKeys = defineEndpoint({
  id: 'listAccessKeys',
  method: 'GET',
  path: '/api/v1/access-keys',
  caller: 'accounts:Manage',
  tag: 'Access keys',
  summary: 'List access keys',
  description:
    'The account `root` sees the access keys of all accounts. Any other account sees its own.',
  query: {
    accountId: { description: 'Only access keys of this account.', type: 'string' },
    ...PAGE_QUERY,
  },
  answers: { 200: jsonAnswer('A page.', ACCESS_KEYS, { accessKeys: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const accountId = url.searchParams.get('accountId');
    const page = await c
      .get('services')
      .accessKeys.list(c.get('principal'), accountId, readPageRequest(url, LIST));
    note(c, `listed ${page.items.length} access keys`);
    const answer: InferOutput<typeof ACCESS_KEYS> = {
      accessKeys: page.items.map(describe),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getAccessKey = defineEndpoint({
  id: 'getAccessKey',
  method: 'GET',
  path: '/api/v1/access-keys/:id',
  caller: 'accounts:Manage',
  tag: 'Access keys',
  summary: 'Read an access key',
  params: PARAMS,
  answers: { 200: jsonAnswer('The access key.', ACCESS_KEY, EXAMPLE) },
  errors: ['access-key-not-found'],
  handle: async (c) => {
    const { accessKeys } = c.get('services');
    const accessKey = await accessKeys.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${accessKey.id}`);
    return c.json(describe(accessKey));
  },
});

const updateAccessKey = defineEndpoint({
  id: 'updateAccessKey',
  method: 'PATCH',
  path: '/api/v1/access-keys/:id',
  caller: 'accounts:Manage',
  tag: 'Access keys',
  summary: 'Change an access key',
  description:
    'Fields that are left out do not change. The change takes effect with the next request.',
  params: PARAMS,
  request: jsonBody(
    jsonForm(
      'Changes',
      CHANGES_REQUEST,
      { ...REQUEST_FIELDS, enabled: 'Whether it may be used.' },
      { enabled: false },
    ),
  ),
  answers: {
    200: jsonAnswer('The changed access key.', ACCESS_KEY, { ...EXAMPLE, enabled: false }),
  },
  errors: ['access-key-not-found', 'missing-parameter', 'invalid-parameter', 'policy-not-found'],
  handle: async (c) => {
    const { scopes, expiresAt, ...changes } = await readChangesBody(c, CHANGES_REQUEST);
    const updated = await c.get('services').accessKeys.update(
      c.get('principal'),
      c.req.param('id'),
      {
        ...changes,
        ...(scopes === undefined ? {} : { scopes: parseScopes(scopes) }),
        ...(expiresAt === undefined ? {} : { expiresAtSeconds: expiresAt }),
      },
      c.get('requestContext'),
    );
    note(c, `updated ${updated.id}`);
    return c.json(describe(updated));
  },
});

const deleteAccessKey = defineEndpoint({
  id: 'deleteAccessKey',
  method: 'DELETE',
  path: '/api/v1/access-keys/:id',
  caller: 'accounts:Manage',
  tag: 'Access keys',
  summary: 'Delete an access key',
  params: PARAMS,
  answers: { 204: DONE },
  errors: ['access-key-not-found'],
  handle: async (c) => {
    const { accessKeys } = c.get('services');
    await accessKeys.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted an access key');
    return c.body(null, 204);
  },
});

export const ACCESS_KEY_ENDPOINTS: readonly Endpoint[] = [
  createAccessKey,
  listAccessKeys,
  getAccessKey,
  updateAccessKey,
  deleteAccessKey,
];
