import { exactOptional, type InferOutput, strictObject } from 'valibot';
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
import { FLAG, NULLABLE_DATE_TIME, TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readChangesBody, readJsonBody } from '../common/read-json.ts';
import { describe, EAB_KEY, EAB_KEYS, EXAMPLE, NEW_EAB_KEY } from './eab-key-answers.ts';

const LIST = 'eab-keys';

const EAB_KEY_REQUEST = strictObject({
  name: TEXT,
  policyId: TEXT,
  accountId: exactOptional(TEXT),
  singleUse: exactOptional(FLAG, false),
  expiresAt: exactOptional(NULLABLE_DATE_TIME, null),
});

const CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  enabled: exactOptional(FLAG),
  expiresAt: exactOptional(NULLABLE_DATE_TIME),
});

const REQUEST_FIELDS = {
  name: 'For people: 1 to 100 characters without control characters.',
  expiresAt:
    'When it expires, in the future. The ACME accounts bound with it stop then. `null`: never.',
};

const PARAMS = { id: 'Id of the key.' };

const createEabKey = defineEndpoint({
  id: 'createEabKey',
  method: 'POST',
  path: '/api/v1/acme/eab-keys',
  caller: 'acme:Manage',
  idempotent: true,
  tag: 'ACME',
  summary: 'Create a key for external account binding',
  description:
    'An ACME client proves with it that it may have certificates (RFC 8555 section 7.3.4). Only this answer shows the MAC key.',
  request: jsonBody(
    jsonForm(
      'A key',
      EAB_KEY_REQUEST,
      {
        ...REQUEST_FIELDS,
        policyId: 'Id of the policy that bounds the certificates.',
        accountId:
          'Id of the account that will own the certificates. Default: the account of the caller. Only `root` may name another account.',
        singleUse: 'Whether only one ACME account may be bound with it. Default: false.',
      },
      { name: 'web servers', policyId: 'pol-8h2k1x9s0d3f' },
    ),
  ),
  answers: {
    201: {
      ...jsonAnswer('The key with its MAC key.', NEW_EAB_KEY, {
        ...EXAMPLE,
        macKey: 'kWk0Zc6v…',
      }),
      headers: CREATED_HEADERS,
    },
  },
  errors: ['missing-parameter', 'invalid-parameter', 'account-not-found', 'policy-not-found'],
  handle: async (c) => {
    const request = await readJsonBody(c, EAB_KEY_REQUEST);
    const { eabKey, macKey } = await c.get('services').eabKeys.create(
      c.get('principal'),
      {
        accountId: request.accountId ?? null,
        name: request.name,
        policyId: request.policyId,
        singleUse: request.singleUse,
        expiresAtSeconds: request.expiresAt,
      },
      c.get('requestContext'),
    );
    note(c, `created ${eabKey.id}`);
    const answer: InferOutput<typeof NEW_EAB_KEY> = {
      ...describe(eabKey),
      macKey: macKey.toBase64({ alphabet: 'base64url', omitPadding: true }),
    };
    return c.json(answer, 201, { Location: `/api/v1/acme/eab-keys/${eabKey.id}` });
  },
});

const listEabKeys = defineEndpoint({
  id: 'listEabKeys',
  method: 'GET',
  path: '/api/v1/acme/eab-keys',
  caller: 'acme:Read',
  tag: 'ACME',
  summary: 'List keys for external account binding',
  description: 'The account `root` sees the keys of all accounts. Any other account sees its own.',
  query: {
    accountId: { description: 'Only keys of this account.', type: 'string' },
    ...PAGE_QUERY,
  },
  answers: { 200: jsonAnswer('A page.', EAB_KEYS, { eabKeys: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const accountId = url.searchParams.get('accountId');
    const page = await c
      .get('services')
      .eabKeys.list(c.get('principal'), accountId, readPageRequest(url, LIST));
    note(c, `listed ${page.items.length} keys for external account binding`);
    const answer: InferOutput<typeof EAB_KEYS> = {
      eabKeys: page.items.map(describe),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getEabKey = defineEndpoint({
  id: 'getEabKey',
  method: 'GET',
  path: '/api/v1/acme/eab-keys/:id',
  caller: 'acme:Read',
  tag: 'ACME',
  summary: 'Read a key for external account binding',
  params: PARAMS,
  answers: { 200: jsonAnswer('The key.', EAB_KEY, EXAMPLE) },
  errors: ['eab-key-not-found'],
  handle: async (c) => {
    const eabKey = await c.get('services').eabKeys.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${eabKey.id}`);
    return c.json(describe(eabKey));
  },
});

const updateEabKey = defineEndpoint({
  id: 'updateEabKey',
  method: 'PATCH',
  path: '/api/v1/acme/eab-keys/:id',
  caller: 'acme:Manage',
  tag: 'ACME',
  summary: 'Change a key for external account binding',
  description:
    'Fields that are left out do not change. Disabling the key stops the ACME accounts bound with it at their next request; enabling it lets them go on.',
  params: PARAMS,
  request: jsonBody(
    jsonForm(
      'Changes',
      CHANGES_REQUEST,
      { ...REQUEST_FIELDS, enabled: 'Whether it may be used.' },
      { enabled: false },
    ),
  ),
  answers: { 200: jsonAnswer('The changed key.', EAB_KEY, { ...EXAMPLE, enabled: false }) },
  errors: ['eab-key-not-found', 'missing-parameter', 'invalid-parameter', 'in-use'],
  handle: async (c) => {
    const { expiresAt, ...changes } = await readChangesBody(c, CHANGES_REQUEST);
    const updated = await c
      .get('services')
      .eabKeys.update(
        c.get('principal'),
        c.req.param('id'),
        { ...changes, ...(expiresAt === undefined ? {} : { expiresAtSeconds: expiresAt }) },
        c.get('requestContext'),
      );
    note(c, `updated ${updated.id}`);
    return c.json(describe(updated));
  },
});

const deleteEabKey = defineEndpoint({
  id: 'deleteEabKey',
  method: 'DELETE',
  path: '/api/v1/acme/eab-keys/:id',
  caller: 'acme:Manage',
  tag: 'ACME',
  summary: 'Delete a key for external account binding',
  description:
    'The ACME accounts bound with it stop for ever. Their certificates stay valid until they expire or are revoked.',
  params: PARAMS,
  answers: { 204: DONE },
  errors: ['eab-key-not-found'],
  handle: async (c) => {
    const { eabKeys } = c.get('services');
    await eabKeys.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted a key for external account binding');
    return c.body(null, 204);
  },
});

export const EAB_KEY_ENDPOINTS: readonly Endpoint[] = [
  createEabKey,
  listEabKeys,
  getEabKey,
  updateEabKey,
  deleteEabKey,
];
