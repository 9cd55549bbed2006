import {
  type BaseIssue,
  type InferOutput,
  type ObjectEntries,
  type StrictObjectSchema,
  safeParse,
} from 'valibot';
import { SignetError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import {
  decodeJsonObject,
  describeType,
  type JsonObject,
  refuseUnknownFields,
} from '../../json.ts';
import { readRequestBody } from '../../middleware/read-body.ts';

/** The fields of a request. The message of each schema in it completes the sentence "'name' must be …". */
export type RequestSchema = StrictObjectSchema<ObjectEntries, undefined>;

/** Reads the body as JSON. @throws SignetError request-too-large, and as readJson */
export async function readJsonBody<TSchema extends RequestSchema>(
  c: HttpContext,
  schema: TSchema,
): Promise<InferOutput<TSchema>> {
  return readJson(schema, await readRequestBody(c));
}

/** Like readJsonBody. An empty body is an object without fields. */
export async function readOptionalJsonBody<TSchema extends RequestSchema>(
  c: HttpContext,
  schema: TSchema,
): Promise<InferOutput<TSchema>> {
  return readFields(schema, decodeOptionalJsonObject(await readRequestBody(c)));
}

/** Like readJsonBody, but at least one field must be there. */
export async function readChangesBody<TSchema extends RequestSchema>(
  c: HttpContext,
  schema: TSchema,
): Promise<InferOutput<TSchema>> {
  return readChanges(schema, await readRequestBody(c));
}

/** @throws SignetError malformed-request, invalid-parameter, missing-parameter */
export function readJson<TSchema extends RequestSchema>(
  schema: TSchema,
  body: Uint8Array,
): InferOutput<TSchema> {
  return readFields(schema, decodeJsonObject(body));
}

/** @throws SignetError as readJson; missing-parameter if there is no field */
export function readChanges<TSchema extends RequestSchema>(
  schema: TSchema,
  body: Uint8Array,
): InferOutput<TSchema> {
  const changes = readJson(schema, body);
  if (Object.keys(changes).length > 0) return changes;
  throw new SignetError(
    'missing-parameter',
    `There is nothing to change. Send at least one of ${Object.keys(schema.entries).join(', ')}.`,
  );
}

/** @throws SignetError invalid-parameter, missing-parameter */
export function readFields<TSchema extends RequestSchema>(
  schema: TSchema,
  fields: object,
): InferOutput<TSchema> {
  refuseUnknownFields(fields, Object.keys(schema.entries));
  const result = safeParse(schema, fields, { abortEarly: true });
  if (result.success) return result.output;
  throw refuse(result.issues[0]);
}

/** @throws SignetError malformed-request */
export function decodeOptionalJsonObject(body: Uint8Array): JsonObject {
  return body.length === 0 ? {} : decodeJsonObject(body);
}

function refuse({ path, kind, type, expected, input, message }: BaseIssue<unknown>): SignetError {
  const keys = (path ?? []).map((item) => item.key);
  const field = String(keys[0]);
  if (path?.at(-1)?.origin === 'key') {
    if (expected === 'never') {
      const unknown = String(keys.at(-1)).slice(0, 40);
      const detail = `There is no field '${unknown}' in '${field}'.`;
      return new SignetError('invalid-parameter', detail, { field });
    }
    return new SignetError('missing-parameter', `'${field}' is missing.`, { field });
  }
  const place = keys.slice(1).reduce<string>((text, key) => `${text}[${String(key)}]`, field);
  const isOtherType = kind === 'schema' && type !== 'picklist';
  const what = isOtherType ? `${message}, not ${describeType(input)}` : message;
  return new SignetError('invalid-parameter', `'${place}' must be ${what}.`, { field });
}
