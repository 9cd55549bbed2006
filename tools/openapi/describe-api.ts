import { SignetError, type SignetErrorCode } from '../../src/errors.ts';
import { type Answer, type RequestBody, type SchemaPart, TAGS } from '../../src/http/endpoint.ts';
import type { Operation } from '../../src/http/operation.ts';
import type { Route } from '../../src/http/route.ts';
import { convertForm, convertNamed, convertSchema, type NamedSchemas } from './convert-schema.ts';
import type {
  ApiContent,
  ApiDocument,
  ApiOperation,
  ApiParameter,
  ApiResponse,
} from './document.ts';

const INTRODUCTION = `The API of Signet, a private certificate authority.

Everything under \`/api/v1\` takes an access key, by HTTP Basic (\`id:secret\`) or as a Bearer token (\`id.secret\`). Each operation names the scope that the key must have; the root access key has all.

Errors are problem documents (RFC 9457). Programs look at \`code\`; \`detail\` is for people and may change. Every answer has an \`X-Request-Id\`, which is also in the log and in the audit record.

Lists come in pages: \`next\` of one answer is the \`cursor\` of the next request, until it is \`null\`. A field that is not known is an error. Bodies have 64 KiB at most, where nothing else is said.`;

/** What any call with an access key may meet. */
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
    'Makes it safe to send the request again: for 24 hours the same key with the same request gets the first answer, with `Idempotency-Replayed: true`.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

export interface ApiSources {
  /** Those that are to be described. */
  readonly routes: readonly Route[];
  readonly operations: readonly Operation[];
  readonly schemas: NamedSchemas;
  readonly version: string;
}

/**
 * The OpenAPI document of what is described. What a route takes and who may call it comes from the
 * route table, the rest from the operations.
 * @throws Error where a route and its operation have different parameters
 */
export function describeApi({ routes, operations, schemas, version }: ApiSources): ApiDocument {
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const route of routes) {
    const operation = operations.find(({ handle }) => handle === handlerOf(route));
    if (operation === undefined) continue;
    const path = writePath(route.path, Object.keys(operation.path ?? {}));
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: describeOperation(route, operation, schemas),
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

/** What is in one of the two alone: routes without an operation, and operations without a route. */
export function findGaps({ routes, operations }: ApiSources): string[] {
  const described = new Set<unknown>(operations.map(({ handle }) => handle));
  const handlers = new Set(routes.map(handlerOf));
  return [
    ...routes
      .filter((route) => !described.has(handlerOf(route)))
      .map(({ method, path }) => `${method} ${path} has no description in src/http/operations.ts`),
    ...operations
      .filter(({ handle }) => !handlers.has(handle))
      .map(({ handle }) => `${handle.name} is described and has no route`),
  ];
}

function takesIdempotencyKey({ idempotent }: Route): boolean {
  return idempotent === true;
}

function handlerOf({ handle }: Route): unknown {
  return 'adapted' in handle ? handle.adapted : handle;
}

/** `/a/:id` and `/ca/:file{[…]+\.crt}` with the names that the operation gives to their parameters. */
function writePath(pattern: string, names: readonly string[]): string {
  let index = 0;
  const path = pattern.replace(/:\w+(?:\{(?:\[[^\]]*\]\+)?([^}]*)\})?/g, (_, ending = '') => {
    const name = names[index++];
    if (name === undefined) throw new Error(`${pattern} has a parameter that is not described`);
    return `{${name}}${ending.replaceAll('\\', '')}`;
  });
  if (index !== names.length) throw new Error(`${pattern} lacks a parameter that is described`);
  return path;
}

function describeOperation(
  route: Route,
  operation: Operation,
  schemas: NamedSchemas,
): ApiOperation {
  const { caller } = route;
  const parameters = [
    ...Object.entries(operation.path ?? {}).map(
      ([name, description]): ApiParameter => ({
        name,
        in: 'path',
        required: true,
        description,
        schema: { type: 'string' },
      }),
    ),
    ...Object.entries(operation.query ?? {}).map(
      ([name, { description, ...schema }]): ApiParameter => ({
        name,
        in: 'query',
        required: false,
        description,
        schema,
      }),
    ),
    ...(takesIdempotencyKey(route) ? [IDEMPOTENCY_KEY] : []),
  ];
  const description = [operation.description, describeCaller(route)].filter(Boolean).join('\n\n');
  return {
    operationId: operation.id ?? operation.handle.name,
    tags: [operation.tag],
    summary: operation.summary,
    ...(description === '' ? {} : { description }),
    security: caller === 'anyone' ? [] : [{ basic: [caller] }, { bearer: [caller] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.request === undefined
      ? {}
      : { requestBody: describeBody(operation.request, schemas) }),
    responses: {
      ...describeAnswers(route, operation.answers, schemas),
      ...describeErrors(listErrors(route, operation), operation.answers),
    },
  };
}

function describeCaller({ caller, rootOnly }: Route): string {
  if (caller === 'anyone') return '';
  const who = rootOnly === true ? ' of an access key of the account `root`' : '';
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
  route: Route,
  answers: Operation['answers'],
  schemas: NamedSchemas,
): Record<string, ApiResponse> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const replayed = { 'Idempotency-Replayed': '`true` where the answer is that of before.' };
      const headers = { ...answer.headers, ...(takesIdempotencyKey(route) ? replayed : {}) };
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

/** Those of the operation, and what follows from the route. */
function listErrors(route: Route, { errors, request }: Operation): SignetErrorCode[] {
  const codes = new Set<SignetErrorCode>(errors);
  if (route.caller !== 'anyone') for (const code of AUTHENTICATION_ERRORS) codes.add(code);
  if (route.method !== 'GET') codes.add('cross-site-request');
  if (request !== undefined) codes.add('malformed-request').add('request-too-large');
  if (takesIdempotencyKey(route)) codes.add('invalid-parameter').add('idempotency-conflict');
  return [...codes.add('internal')];
}

function describeErrors(
  codes: readonly SignetErrorCode[],
  answers: Operation['answers'],
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
