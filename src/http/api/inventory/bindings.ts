import { strictObject } from 'valibot';
import { note } from '../../context.ts';
import {
  DONE,
  defineEndpoint,
  type Endpoint,
  jsonAnswer,
  jsonBody,
  jsonForm,
} from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import {
  BINDING_EXAMPLE,
  BINDINGS,
  type BindingsAnswer,
  describeBinding,
  ENTRY_PARAMS,
} from './answers.ts';

const BINDING_REQUEST = strictObject({ serviceName: TEXT, resourceId: TEXT });

const BINDING_BODY = jsonBody(
  jsonForm(
    'What uses it',
    BINDING_REQUEST,
    {
      serviceName: 'The kind of service: 1 to 128 printable characters.',
      resourceId: 'The resource of that service: 1 to 128 printable characters.',
    },
    { serviceName: 'cdn', resourceId: 'www.example.test' },
  ),
);

const listBindings = defineEndpoint({
  id: 'listBindings',
  method: 'GET',
  path: '/api/v1/inventory/:id/bindings',
  caller: 'inventory:Read',
  tag: 'Inventory',
  summary: 'List what uses a certificate',
  params: ENTRY_PARAMS,
  answers: { 200: jsonAnswer('All bindings.', BINDINGS, { bindings: [BINDING_EXAMPLE] }) },
  errors: ['inventory-not-found'],
  handle: async (c) => {
    const { inventory } = c.get('services');
    const bindings = await inventory.listBindings(c.get('principal'), c.req.param('id'));
    note(c, `listed ${bindings.length} bindings`);
    const answer: BindingsAnswer = { bindings: bindings.map(describeBinding) };
    return c.json(answer);
  },
});

const putBinding = defineEndpoint({
  id: 'putBinding',
  method: 'PUT',
  path: '/api/v1/inventory/:id/bindings',
  caller: 'inventory:Write',
  tag: 'Inventory',
  summary: 'Bind a certificate to what uses it',
  description: 'Sent again, it updates the time of the binding. At most 100 bindings.',
  params: ENTRY_PARAMS,
  request: BINDING_BODY,
  answers: { 204: DONE },
  errors: ['missing-parameter', 'invalid-parameter', 'inventory-not-found', 'quota-exceeded'],
  handle: async (c) => {
    const target = await readJsonBody(c, BINDING_REQUEST);
    const { inventory } = c.get('services');
    await inventory.bind(c.get('principal'), c.req.param('id'), target, c.get('requestContext'));
    note(c, 'bound a certificate');
    return c.body(null, 204);
  },
});

const deleteBinding = defineEndpoint({
  id: 'deleteBinding',
  method: 'DELETE',
  path: '/api/v1/inventory/:id/bindings',
  caller: 'inventory:Write',
  tag: 'Inventory',
  summary: 'Unbind a certificate',
  params: ENTRY_PARAMS,
  request: BINDING_BODY,
  answers: { 204: DONE },
  errors: ['missing-parameter', 'invalid-parameter', 'inventory-not-found', 'not-found'],
  handle: async (c) => {
    const target = await readJsonBody(c, BINDING_REQUEST);
    const { inventory } = c.get('services');
    await inventory.unbind(c.get('principal'), c.req.param('id'), target, c.get('requestContext'));
    note(c, 'unbound a certificate');
    return c.body(null, 204);
  },
});

export const BINDING_ENDPOINTS: readonly Endpoint[] = [listBindings, putBinding, deleteBinding];
