import {
  array,
  description,
  exactOptional,
  type InferOutput,
  nullable,
  object,
  picklist,
  pipe,
  strictObject,
} from 'valibot';
import type { ExternalCaInstance } from '../../../authorities/external-ca-instance.ts';
import { note } from '../../context.ts';
import {
  CREATED_HEADERS,
  defineEndpoint,
  type Endpoint,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
} from '../../endpoint.ts';
import {
  describeSerial,
  moment,
  momentOrNull,
  NEXT,
  named,
  text,
  whole,
} from '../common/answer-fields.ts';
import { formatDateTimeMs } from '../common/date-time.ts';
import { NULLABLE_NUMBER, TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readOptionalJsonBody } from '../common/read-json.ts';

const LIST = 'external-ca-instances';

const INSTANCE_REQUEST = strictObject({
  accountId: exactOptional(TEXT),
  authority: exactOptional(TEXT),
  maxValidityDays: exactOptional(NULLABLE_NUMBER, null),
  maxPathLength: exactOptional(NULLABLE_NUMBER, null),
});

const INSTANCE = named('ExternalCaInstance', {
  instanceId: text('`cas_deposit-cn-` and 12 of a-z0-9.'),
  accountId: text('Id of the account whose access keys may use it.'),
  authority: text('Id of the authority that signs.'),
  state: pipe(
    picklist(['BUY', 'USED', 'REFUND', 'REVOKE']),
    description('Free, used, refunded, or used for a CA that is revoked now.'),
  ),
  maxValidityDays: whole('The longest validity that it permits.'),
  maxPathLength: whole('The number of CA levels that it permits below the new CA.'),
  certificate: pipe(
    nullable(
      object({
        authority: text('Id of the authority that signed it.'),
        serial: text(describeSerial('')),
        identifier: text('Its identifier in the CAS API.'),
      }),
    ),
    description('The certificate that used it; null while it is free.'),
  ),
  createdAt: moment('When it was created.'),
  usedAt: momentOrNull('When it was used.'),
});

const INSTANCES = named('ExternalCaInstances', {
  instances: pipe(array(INSTANCE), description('Sorted by id.')),
  next: NEXT,
});

const EXAMPLE = {
  instanceId: 'cas_deposit-cn-7hq2m0z4kd1x',
  accountId: 'acct-x31v0m8q2c7k',
  authority: 'default',
  state: 'BUY' as const,
  maxValidityDays: 3653,
  maxPathLength: 0,
  certificate: null,
  createdAt: '2026-11-22T04:36:45Z',
  usedAt: null,
};

const PARAMS = { id: 'Id of the instance.' };

function describe(instance: ExternalCaInstance): InferOutput<typeof INSTANCE> {
  const { certificate, createdAtMs, usedAtMs } = instance;
  return {
    instanceId: instance.id,
    accountId: instance.accountId,
    authority: instance.authorityId,
    state: instance.state,
    maxValidityDays: instance.maxValidityDays,
    maxPathLength: instance.maxPathLength,
    certificate:
      certificate === null
        ? null
        : {
            authority: certificate.authorityId,
            serial: certificate.serialHex,
            identifier: certificate.identifier,
          },
    createdAt: formatDateTimeMs(createdAtMs),
    usedAt: usedAtMs === null ? null : formatDateTimeMs(usedAtMs),
  };
}

const createExternalCaInstance = defineEndpoint({
  id: 'createExternalCaInstance',
  method: 'POST',
  path: '/api/v1/external-ca-instances',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'External CAs',
  summary: 'Permit one external CA',
  description: 'CreateExternalCACertificate uses the instance up.',
  request: {
    ...jsonBody(
      jsonForm(
        'An instance',
        INSTANCE_REQUEST,
        {
          accountId:
            'Id of the account whose access keys may use it. Default: the account of the caller.',
          authority: 'Id of the authority that signs. Default: `default`.',
          maxValidityDays: {
            description: 'The longest validity that it permits. Default: 3653.',
            minimum: 1,
            maximum: 36525,
          },
          maxPathLength: {
            description:
              'The number of CA levels that it permits below the new CA. Default: 0, for a CA that issues to end entities.',
            minimum: 0,
            maximum: 16,
          },
        },
        { accountId: 'acct-x31v0m8q2c7k', maxValidityDays: 3653 },
      ),
    ),
    optional: true,
  },
  answers: { 201: { ...jsonAnswer('The instance.', INSTANCE, EXAMPLE), headers: CREATED_HEADERS } },
  errors: [
    'invalid-parameter',
    'account-not-found',
    'authority-not-found',
    'authority-unavailable',
  ],
  handle: async (c) => {
    const request = await readOptionalJsonBody(c, INSTANCE_REQUEST);
    const instance = await c.get('services').externalCaInstances.create(
      c.get('principal'),
      {
        accountId: request.accountId ?? null,
        authorityId: request.authority ?? null,
        maxValidityDays: request.maxValidityDays,
        maxPathLength: request.maxPathLength,
      },
      c.get('requestContext'),
    );
    note(c, `created ${instance.id}`);
    const headers = { Location: `/api/v1/external-ca-instances/${instance.id}` };
    return c.json(describe(instance), 201, headers);
  },
});

const listExternalCaInstances = defineEndpoint({
  id: 'listExternalCaInstances',
  method: 'GET',
  path: '/api/v1/external-ca-instances',
  caller: 'certificates:Read',
  tag: 'External CAs',
  summary: 'List instances',
  description:
    'The account `root` sees the instances of all accounts. Any other account sees its own.',
  query: PAGE_QUERY,
  answers: { 200: jsonAnswer('A page.', INSTANCES, { instances: [EXAMPLE], next: null }) },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const page = await c
      .get('services')
      .externalCaInstances.list(c.get('principal'), readPageRequest(c.get('url'), LIST));
    note(c, `listed ${page.items.length} instances`);
    const answer: InferOutput<typeof INSTANCES> = {
      instances: page.items.map(describe),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getExternalCaInstance = defineEndpoint({
  id: 'getExternalCaInstance',
  method: 'GET',
  path: '/api/v1/external-ca-instances/:id',
  caller: 'certificates:Read',
  tag: 'External CAs',
  summary: 'Read an instance',
  params: PARAMS,
  answers: { 200: jsonAnswer('The instance.', INSTANCE, EXAMPLE) },
  errors: ['instance-not-found'],
  handle: async (c) => {
    const { externalCaInstances } = c.get('services');
    const instance = await externalCaInstances.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${instance.id}`);
    return c.json(describe(instance));
  },
});

const refundExternalCaInstance = defineEndpoint({
  id: 'refundExternalCaInstance',
  method: 'POST',
  path: '/api/v1/external-ca-instances/:id/refund',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'External CAs',
  summary: 'Refund a free instance',
  params: PARAMS,
  answers: {
    200: jsonAnswer('The refunded instance.', INSTANCE, { ...EXAMPLE, state: 'REFUND' }),
  },
  errors: ['instance-not-found', 'instance-used'],
  handle: async (c) => {
    const instance = await c
      .get('services')
      .externalCaInstances.refund(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, `refunded ${instance.id}`);
    return c.json(describe(instance));
  },
});

export const EXTERNAL_CA_ENDPOINTS: readonly Endpoint[] = [
  createExternalCaInstance,
  listExternalCaInstances,
  getExternalCaInstance,
  refundExternalCaInstance,
];
