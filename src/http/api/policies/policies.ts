import { exactOptional, strictObject, unknown } from 'valibot';
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
import { TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readChangesBody, readJsonBody } from '../common/read-json.ts';
import { describe, EXAMPLE, POLICIES, POLICY } from './answers.ts';

const LIST = 'policies';

/** parsePolicyRules reads the rules. */
const RULES = unknown();

const POLICY_REQUEST = strictObject({
  name: TEXT,
  rules: RULES,
  accountId: exactOptional(TEXT),
});

const CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  rules: exactOptional(RULES),
});

const REQUEST_FIELDS = {
  name: 'For people, and in refusals: 1 to 100 characters without control characters.',
  rules: {
    description:
      'What certificates may be, as in the answer. A rule that is left out has its default: `authorities` and `profiles` are `any`, `issues` is `["leaf"]`, and no name and no subject is permitted.',
    type: 'object',
  },
};

const RULES_EXAMPLE = {
  profiles: ['tls-server'],
  dnsNames: [{ name: 'internal', match: 'any-depth', acme: 'pre-authorized' }],
  ipRanges: [{ range: '10.0.0.0/8' }],
  maxValiditySeconds: 2_592_000,
};

const PARAMS = { id: 'Id of the policy.' };

const createPolicy = defineEndpoint({
  id: 'createPolicy',
  method: 'POST',
  path: '/api/v1/policies',
  caller: 'policies:Manage',
  idempotent: true,
  tag: 'Policies',
  summary: 'Create a policy',
  description:
    'It bounds nothing until an access key, an account, an authority or a key for external account binding refers to it.',
  request: jsonBody(
    jsonForm(
      'A policy',
      POLICY_REQUEST,
      {
        ...REQUEST_FIELDS,
        accountId:
          'Id of the account that will own it. Default: the account of the caller. Only `root` may name another account.',
      },
      { name: 'web servers', rules: RULES_EXAMPLE },
    ),
  ),
  answers: { 201: { ...jsonAnswer('The policy.', POLICY, EXAMPLE), headers: CREATED_HEADERS } },
  errors: ['missing-parameter', 'invalid-parameter', 'invalid-name', 'account-not-found'],
  handle: async (c) => {
    const { name, rules, accountId } = await readJsonBody(c, POLICY_REQUEST);
    const policy = await c
      .get('services')
      .policies.create(
        c.get('principal'),
        { accountId: accountId ?? null, name, rules },
        c.get('requestContext'),
      );
    note(c, `created ${policy.id}`);
    return c.json(describe(policy), 201, { Location: `/api/v1/policies/${policy.id}` });
  },
});

const listPolicies = defineEndpoint({
  id: 'listPolicies',
  method: 'GET',
  path: '/api/v1/policies',
  caller: 'policies:Read',
  tag: 'Policies',
  summary: 'List policies',
  description:
    'The account `root` sees the policies of all accounts. Any other account sees its own.',
  query: {
    accountId: { description: 'Only policies of this account.', type: 'string' },
    ...PAGE_QUERY,
  },
  answers: { 200: jsonAnswer('A page.', POLICIES, { policies: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const url = c.get('url');
    const accountId = url.searchParams.get('accountId');
    const page = await c
      .get('services')
      .policies.list(c.get('principal'), accountId, readPageRequest(url, LIST));
    note(c, `listed ${page.items.length} policies`);
    return c.json({ policies: page.items.map(describe), next: nextCursor(page, LIST) });
  },
});

const getPolicy = defineEndpoint({
  id: 'getPolicy',
  method: 'GET',
  path: '/api/v1/policies/:id',
  caller: 'policies:Read',
  tag: 'Policies',
  summary: 'Read a policy',
  description: 'One of its own account or of `root`.',
  params: PARAMS,
  answers: { 200: jsonAnswer('The policy.', POLICY, EXAMPLE) },
  errors: ['policy-not-found'],
  handle: async (c) => {
    const policy = await c.get('services').policies.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${policy.id}`);
    return c.json(describe(policy));
  },
});

const updatePolicy = defineEndpoint({
  id: 'updatePolicy',
  method: 'PATCH',
  path: '/api/v1/policies/:id',
  caller: 'policies:Manage',
  tag: 'Policies',
  summary: 'Change a policy',
  description:
    '`rules` replaces all rules. The change counts for the next certificate, everywhere; issued certificates stay valid.',
  params: PARAMS,
  request: jsonBody(jsonForm('Changes', CHANGES_REQUEST, REQUEST_FIELDS, { rules: RULES_EXAMPLE })),
  answers: { 200: jsonAnswer('The changed policy.', POLICY, { ...EXAMPLE, revision: 2 }) },
  errors: ['policy-not-found', 'missing-parameter', 'invalid-parameter', 'invalid-name', 'in-use'],
  handle: async (c) => {
    const changes = await readChangesBody(c, CHANGES_REQUEST);
    const policy = await c
      .get('services')
      .policies.update(c.get('principal'), c.req.param('id'), changes, c.get('requestContext'));
    note(c, `updated ${policy.id}`);
    return c.json(describe(policy));
  },
});

const deletePolicy = defineEndpoint({
  id: 'deletePolicy',
  method: 'DELETE',
  path: '/api/v1/policies/:id',
  caller: 'policies:Manage',
  tag: 'Policies',
  summary: 'Delete a policy',
  description: 'Only one that nothing refers to.',
  params: PARAMS,
  answers: { 204: DONE },
  errors: ['policy-not-found', 'in-use'],
  handle: async (c) => {
    const { policies } = c.get('services');
    await policies.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted a policy');
    return c.body(null, 204);
  },
});

export const POLICY_ENDPOINTS: readonly Endpoint[] = [
  createPolicy,
  listPolicies,
  getPolicy,
  updatePolicy,
  deletePolicy,
];
