import type { GenericSchema, InferInput, ObjectEntries, StrictObjectSchema } from 'valibot';
import type { SignetErrorCode } from '../errors.ts';
import type { AuthorizedCall } from './call.ts';

/**
 * What is told of a route in the description of the API, beside what its line in the route table says:
 * method, path, who may call. The files …-operations.ts are no part of the Worker.
 */
export interface Operation {
  /** The handler of the route; its name becomes the operation's id. */
  readonly handle: (call: AuthorizedCall) => Promise<Response>;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The parameters of the path in their order, each with what it is. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly request?: RequestBody;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Those of its own: what every call may meet is added. */
  readonly errors: readonly SignetErrorCode[];
}

export const TAGS = {
  Certificates: 'Issue, read and revoke.',
  Authorities: 'The CAs: make, renew, re-key, revoke.',
  Inventory: 'Certificates that are kept here, with their private keys.',
  Accounts: 'Who owns what.',
  'Access keys': 'Who may do what.',
  'External CAs': 'Permissions for CAs that others run with keys of their own.',
  Audit: 'The hash-chained record of what was done.',
  Administration: 'Jobs, imports, health.',
  Downloads: 'CA certificates and revocation lists, for everyone.',
} as const;

export type Tag = keyof typeof TAGS;

/** A part of a JSON Schema (2020-12). */
export type SchemaPart = Readonly<Record<string, unknown>>;

export type Parameter = SchemaPart & { readonly description: string };

export interface RequestBody {
  /** By media type. */
  readonly content: Readonly<Record<string, RequestContent>>;
  /** True where it may be left out. */
  readonly optional?: true;
}

export interface RequestContent {
  /** One, or several of which a request is one. */
  readonly forms: readonly RequestForm[];
}

export interface RequestForm {
  readonly summary: string;
  readonly schema: GenericSchema | SchemaPart;
  /** What the fields are, where the schema has fields. */
  readonly fields?: Readonly<Record<string, SchemaPart>>;
  readonly example?: unknown;
}

export interface Answer {
  readonly description: string;
  /** By media type. */
  readonly content?: Readonly<Record<string, AnswerContent>>;
  /** By name, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AnswerContent {
  readonly schema: GenericSchema | SchemaPart;
  readonly example?: unknown;
}

/** A JSON object, with a note for each of its fields. */
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

/** A request that is one JSON object. */
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

/** Parameters of lists. */
export const PAGE_QUERY = {
  limit: {
    description: 'How many at most.',
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 50,
  },
  cursor: { description: 'The `next` of the page before; opaque.', type: 'string' },
} as const;

/** Ends of PEM texts in examples. */
export function examplePem(label: string): string {
  return `-----BEGIN ${label}-----\n…\n-----END ${label}-----\n`;
}
