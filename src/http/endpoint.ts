import type { Context } from 'hono';
import type { ParamKeys } from 'hono/types';
import type { GenericSchema, InferInput, ObjectEntries, StrictObjectSchema } from 'valibot';
import type { Principal } from '../access/principal.ts';
import type { Scope } from '../access/scopes.ts';
import type { SignetErrorCode } from '../errors.ts';
import type { HttpEnv } from './context.ts';
import type { Route, RouteBase } from './route.ts';

/** A route with its description. The router and the OpenAPI document are both made from it. */
export type Endpoint = Route &
  Description & {
    /** The parameters of the path, each with what it is. */
    readonly params?: Readonly<Record<string, string>>;
  };

interface Description {
  /** Its operationId: a verb and a noun. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly request?: RequestBody;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Its own errors. Those that every call may meet are added. */
  readonly errors: readonly SignetErrorCode[];
}

type EndpointAt<Path extends string> = Omit<RouteBase, 'path'> &
  Description & { readonly path: Path } & DescribedParams<Path> &
  (
    | {
        readonly caller: 'anyone';
        readonly handle: (c: Context<HttpEnv, Path>) => Promise<Response>;
      }
    | {
        readonly caller: Scope;
        readonly handle: (
          c: { get(name: 'principal'): Principal } & Context<HttpEnv, Path>,
        ) => Promise<Response>;
      }
  );

type DescribedParams<Path extends string> = [ParamKeys<Path>] extends [never]
  ? { readonly params?: never }
  : { readonly params: Readonly<Record<ParamKeys<Path>, string>> };

/**
 * Defines an endpoint: the router and the API description read everything about it from here. Put it
 * into the list at the end of its file. The compiler checks `params` and `c.req.param()` against `path`.
 *
 * `caller` only names the scope. The handler must pass the principal to an operation whose query checks
 * the grant, or call `services.checkGrant` first. Otherwise the router withholds its answer.
 */
export function defineEndpoint<const Path extends string>(endpoint: EndpointAt<Path>): Endpoint {
  return endpoint;
}

export const TAGS = {
  Certificates: 'Issue, read, revoke and release certificates.',
  Authorities: 'Create, renew, re-key and revoke CAs.',
  Inventory: 'Certificates that you keep here, with their private keys.',
  Accounts: 'Accounts own certificates and access keys.',
  'Access keys': 'Access keys authenticate callers and limit what they may do.',
  Sessions: 'Sign in with a browser.',
  Policies: 'Who may have which certificate.',
  ACME: 'Keys that bind ACME clients to accounts and policies.',
  Webhooks: 'Receive events, such as a certificate that expires soon.',
  'External CAs': 'Permissions for CAs that others run with their own keys.',
  Audit: 'The hash-chained record of what was done.',
  Administration: 'Jobs, imports, health.',
  Downloads: 'CA certificates and CRLs, public.',
} as const;

export type Tag = keyof typeof TAGS;

/** A part of a JSON Schema (2020-12). */
export type SchemaPart = Readonly<Record<string, unknown>>;

export type Parameter = SchemaPart & { readonly description: string };

export interface RequestBody {
  /** By media type. */
  readonly content: Readonly<Record<string, RequestContent>>;
  /** Whether the body may be left out. */
  readonly optional?: true;
}

export interface RequestContent {
  /** A request has one of these forms. */
  readonly forms: readonly RequestForm[];
}

export interface RequestForm {
  readonly summary: string;
  readonly schema: GenericSchema | SchemaPart;
  /** Notes on the fields, if the schema has fields. */
  readonly fields?: Readonly<Record<string, SchemaPart>>;
  readonly example?: unknown;
}

export interface Answer {
  readonly description: string;
  /** By media type. */
  readonly content?: Readonly<Record<string, AnswerContent>>;
  /** By name, each with its meaning. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnswerContent {
  readonly schema: GenericSchema | SchemaPart;
  readonly example?: unknown;
}

/** Describes a JSON object, with a note for each field. */
export function jsonForm<TEntries extends ObjectEntries>(
  summary: string,
  schema: StrictObjectSchema<TEntries, undefined>,
  notes: { readonly [Field in keyof TEntries]: string | Parameter },
  example: InferInput<StrictObjectSchema<TEntries, undefined>>,
): RequestForm {
  const fields = Object.entries<string | Parameter>(notes).map(
    ([field, note]): [string, SchemaPart] => [
      field,
      typeof note === 'string' ? { description: note } : note,
    ],
  );
  return { summary, schema, fields: Object.fromEntries(fields), example };
}

/** Describes a request that is a JSON object of one of these forms. */
export function jsonBody(...forms: readonly RequestForm[]): RequestBody {
  return { content: { 'application/json': { forms } } };
}

export function jsonAnswer<TSchema extends GenericSchema>(
  description: string,
  schema: TSchema,
  example: InferInput<TSchema>,
): Answer {
  return { description, content: { 'application/json': { schema, example } } };
}

export const DONE: Answer = { description: 'Done.' };

/** Query parameters of lists. */
export const PAGE_QUERY = {
  limit: {
    description: 'The largest number of items to return.',
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 50,
  },
  cursor: { description: 'The `next` of the previous page.', type: 'string' },
} as const;

/** A PEM text for examples. */
export function examplePem(label: string): string {
  return `-----BEGIN ${label}-----\n…\n-----END ${label}-----\n`;
}

/** Headers of a 201. */
export const CREATED_HEADERS = { Location: 'URL path of what was created.' };
