import { jsonAnswer, jsonBody, jsonForm, PAGE_QUERY } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { EXTERNAL_CA_INSTANCE, EXTERNAL_CA_INSTANCES } from './answers.ts';
import {
  createExternalCaInstance,
  EXTERNAL_CA_INSTANCE_REQUEST,
  getExternalCaInstance,
  listExternalCaInstances,
  refundExternalCaInstance,
} from './external-ca-instances.ts';

const PATH = { id: 'Id of the instance.' };

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

export const EXTERNAL_CA_INSTANCE_OPERATIONS: readonly Operation[] = [
  {
    handle: createExternalCaInstance,
    tag: 'External CAs',
    summary: 'Permit one external CA',
    description: 'CreateExternalCACertificate uses it up.',
    request: {
      ...jsonBody(
        jsonForm(
          'An instance',
          EXTERNAL_CA_INSTANCE_REQUEST,
          {
            accountId: 'The account whose access keys may use it. Default: the one that asks.',
            authority: 'Id of the authority that signs. Default: `default`.',
            maxValidityDays: {
              description: 'The longest validity that it permits. Default: 3653.',
              minimum: 1,
              maximum: 36525,
            },
            maxPathLength: {
              description:
                'How many levels of CAs it permits below the new one. Default: 0, for a CA that issues to end entities.',
              minimum: 0,
              maximum: 16,
            },
          },
          { accountId: 'acct-x31v0m8q2c7k', maxValidityDays: 3653 },
        ),
      ),
      optional: true,
    },
    answers: {
      201: {
        ...jsonAnswer('The instance.', EXTERNAL_CA_INSTANCE, EXAMPLE),
        headers: { Location: 'Its address.' },
      },
    },
    errors: [
      'invalid-parameter',
      'account-not-found',
      'authority-not-found',
      'authority-unavailable',
    ],
  },
  {
    handle: listExternalCaInstances,
    tag: 'External CAs',
    summary: 'List instances',
    description: 'The account `root` sees those of all, any other its own.',
    query: PAGE_QUERY,
    answers: {
      200: jsonAnswer('A page.', EXTERNAL_CA_INSTANCES, { instances: [EXAMPLE], next: null }),
    },
    errors: ['invalid-parameter'],
  },
  {
    handle: getExternalCaInstance,
    tag: 'External CAs',
    summary: 'Read an instance',
    path: PATH,
    answers: { 200: jsonAnswer('The instance.', EXTERNAL_CA_INSTANCE, EXAMPLE) },
    errors: ['instance-not-found'],
  },
  {
    handle: refundExternalCaInstance,
    tag: 'External CAs',
    summary: 'Give a free instance back',
    path: PATH,
    answers: {
      200: jsonAnswer('The instance as it is now.', EXTERNAL_CA_INSTANCE, {
        ...EXAMPLE,
        state: 'REFUND',
      }),
    },
    errors: ['instance-not-found', 'instance-used'],
  },
];
