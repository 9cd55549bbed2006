import { SignetError, type SignetErrorCode } from '../../src/errors.ts';
import {
  type Answer,
  type Endpoint,
  type RequestBody,
  type SchemaPart,
  TAGS,
} from '../../src/http/endpoint.ts';
import { PROBLEM } from '../../src/http/problem.ts';
import {
  collectNamed,
  convertForm,
  convertNamed,
  convertSchema,
  type NamedSchemas,
} from './convert-schema.ts';
import type {
  ApiContent,
  ApiDocument,
  ApiOperation,
  ApiParameter,
  ApiResponse,
} from './document.ts';

const INTRODUCTION = `The API of Signet, a private certificate authority.

Everything under \`/api/v1\` takes an access key, by HTTP Basic (\`id:secret\`) or as a Bearer token (\`id.secret\`). Each operation names the scope that the access key needs. The root access key has all scopes.

Errors are problem documents (RFC 9457). Programs should read \`code\`; \`detail\` is for people and may change. Every answer has an \`X-Request-Id\`, which is also in the log and in the audit record.

Lists come in pages: \`next\` of one answer is the \`cursor\` of the next request, until it is \`null\`. An unknown field is an error. A body may have at most 64 KiB, unless the operation says otherwise.`;

/** Errors that every call with an access key may get. */
const AUTHENTICATION_ERRORS: readonly SignetErrorCode[] = [
  'unauthenticated',
  'unknown-access-key',
  'forbidden',
  'access-key-disabled',
  'access-key-expired',
  'insecure-transport',
  'record-unavailable',
  'sealing-unavailable',
];

const IDEMPOTENCY_KEY: ApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes it safe to repeat the request: for 24 hours, the same key with the same request gets the first answer, with `Idempotency-Replayed: true`.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

/** Makes the OpenAPI document of endpoints. */
export function describeApi(endpoints: readonly Endpoint[], version: string): ApiDocument {
  const schemas = { Problem: PROBLEM, ...collectNamed(endpoints) };
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const endpoint of endpoints) {
    const path = writePath(endpoint.path);
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: describeOperation(endpoint, schemas),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Signet',
      version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: convertNamed(schemas),
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: 'Id and secret of an access key (RFC 7617).',
        },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'id.secret',
          description: 'Id and secret of an access key, with a dot between them (RFC 6750).',
        },
      },
    },
  };
}

/** Writes `/a/:id` and `/ca/:file{[…]+\\.crt}` as `/a/{id}` and `/ca/{file}.crt`. */
function writePath(pattern: string): string {
  return pattern.replace(
    /:(\w+)(?:\{(?:\[[^\]]*\]\+)?([^}]*)\})?/g,
    (_, name, ending = '') => `{${name}}${ending.replaceAll('\\', '')}`,
  );
}

function describeOperation(endpoint: Endpoint, schemas: NamedSchemas): ApiOperation {
  const parameters = [
    ...Object.entries(endpoint.params ?? {}).map(
      ([name, description]): ApiParameter => ({
        name,
        in: 'path',
        required: true,
        description,
        schema: { type: 'string' },
      }),
    ),
    ...Object.entries(endpoint.query ?? {}).map(
      ([name, { description, ...schema }]): ApiParameter => ({
        name,
        in: 'query',
        required: false,
        description,
        schema,
      }),
    ),
    ...(endpoint.idempotent ? [IDEMPOTENCY_KEY] : []),
  ];
  const description = [endpoint.description, describeCaller(endpoint)].filter(Boolean).join('\n\n');
  return {
    operationId: endpoint.id,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    ...(description === '' ? {} : { description }),
    security:
      endpoint.caller === 'anyone'
        ? []
        : [{ basic: [endpoint.caller] }, { bearer: [endpoint.caller] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(endpoint.request === undefined
      ? {}
      : { requestBody: describeBody(endpoint.request, schemas) }),
    responses: {
      ...describeAnswers(endpoint, schemas),
      ...describeErrors(listErrors(endpoint), endpoint.answers),
    },
  };
}

function describeCaller({ caller, rootOnly }: Endpoint): string {
  if (caller === 'anyone') return '';
  const who = rootOnly === true ? ', only for access keys of the account `root`' : '';
  return `Scope: \`${caller}\`${who}.`;
}

function describeBody({ content, optional }: RequestBody, schemas: NamedSchemas) {
  return {
    required: optional !== true,
    content: Object.fromEntries(
      Object.entries(content).map(([type, { forms }]): [string, ApiContent] => {
        const [first, ...others] = forms.map((form) => convertForm(form, schemas));
        if (first === undefined) throw new Error(`a request of ${type} has no form`);
        const examples = forms
          .filter(({ example }) => example !== undefined)
          .map(({ summary, example }) => [summary, { value: example }] as const);
        return [
          type,
          {
            schema: others.length === 0 ? first : { oneOf: [first, ...others] },
            ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
          },
        ];
      }),
    ),
  };
}

function describeAnswers(
  { answers, idempotent }: Endpoint,
  schemas: NamedSchemas,
): Record<string, ApiResponse> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const replayed = {
        'Idempotency-Replayed': '`true` if this is the answer to an earlier request.',
      };
      const headers = { ...answer.headers, ...(idempotent ? replayed : {}) };
      return [status, describeAnswer({ ...answer, headers }, schemas)];
    }),
  );
}

function describeAnswer({ description, headers = {}, content }: Answer, schemas: NamedSchemas) {
  const string: SchemaPart = { type: 'string' };
  return {
    description,
    headers: Object.fromEntries(
      Object.entries({ ...headers, 'X-Request-Id': 'Id of the request.' }).map(
        ([name, description]) => [name, { description, schema: string }],
      ),
    ),
    ...(content === undefined
      ? {}
      : {
          content: Object.fromEntries(
            Object.entries(content).map(([type, { schema, example }]): [string, ApiContent] => [
              type,
              {
                schema: convertSchema(schema, schemas),
                ...(example === undefined ? {} : { example }),
              },
            ]),
          ),
        }),
  };
}

/** The endpoint's own errors and those that follow from its route. */
function listErrors({ caller, method, idempotent, errors, request }: Endpoint): SignetErrorCode[] {
  const codes = new Set<SignetErrorCode>(errors);
  if (caller !== 'anyone') for (const code of AUTHENTICATION_ERRORS) codes.add(code);
  if (method !== 'GET') codes.add('cross-site-request');
  if (request !== undefined) codes.add('malformed-request').add('request-too-large');
  if (idempotent) codes.add('invalid-parameter').add('idempotency-conflict');
  return [...codes.add('internal')];
}

function describeErrors(
  codes: readonly SignetErrorCode[],
  answers: Endpoint['answers'],
): Record<string, ApiResponse> {
  const errors = codes.map((code) => new SignetError(code, ''));
  const statuses = [...new Set(errors.map(({ status }) => status))].sort();
  return Object.fromEntries(
    statuses
      .filter((status) => !(status in answers))
      .map((status): [string, ApiResponse] => {
        const these = errors.filter((error) => error.status === status);
        return [
          status.toString(),
          {
            description: these.map(({ code, title }) => `\`${code}\`: ${title}.`).join(' '),
            content: {
              'application/problem+json': {
                schema: { $ref: '#/components/schemas/Problem' },
              },
            },
          },
        ];
      }),
  );
}
