import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import { type GenericSchema, getMetadata } from 'valibot';
import { DATE_TIME, NULLABLE_DATE_TIME } from '../../src/http/api/common/field-schemas.ts';
import type { Endpoint, RequestForm, SchemaPart } from '../../src/http/endpoint.ts';

/** Our own code checks times, so the conversion does not see the format. */
const MOMENT: JsonSchema = { type: 'string', format: 'date-time' };

export type NamedSchemas = Readonly<Record<string, GenericSchema>>;

function convert(schema: GenericSchema, names: NamedSchemas): SchemaPart {
  const { $schema, $defs, ...part } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    // The conversion changes what it is given.
    definitions: { ...names },
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
    overrideSchema({ valibotSchema }) {
      // Of a pipe the parts come here, one after the other.
      if (valibotSchema === DATE_TIME.pipe[0]) return MOMENT;
      return valibotSchema === NULLABLE_DATE_TIME ? { anyOf: [MOMENT, { type: 'null' }] } : null;
    },
  });
  return part;
}

/** Finds the schemas with a name in the answers of endpoints: see `named` in the Worker. */
export function collectNamed(endpoints: readonly Endpoint[]): NamedSchemas {
  const found: Record<string, GenericSchema> = {};
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) for (const each of part) visit(each);
    if (!isPart(part)) return;
    for (const inner of [part.item, part.wrapped, part.options, part.value]) visit(inner);
    if (isPart(part.entries)) visit(Object.values(part.entries));
    if (!isValibot(part)) return;
    const name: unknown = Reflect.get(getMetadata(part), 'name');
    if (typeof name !== 'string') return;
    if (found[name] !== undefined && found[name] !== part) {
      throw new Error(`two schemas have the name ${name}`);
    }
    found[name] = part;
  };
  for (const { answers } of endpoints) {
    for (const { content = {} } of Object.values(answers)) {
      for (const { schema } of Object.values(content)) visit(schema);
    }
  }
  return found;
}

/** The schemas that have a name, each referring to the others. */
export function convertNamed(names: NamedSchemas): Record<string, SchemaPart> {
  return Object.fromEntries(
    Object.entries(names).map(([name, schema]) => {
      const { [name]: _, ...others } = names;
      return [name, convert(schema, others)];
    }),
  );
}

export function convertSchema(schema: GenericSchema | SchemaPart, names: NamedSchemas): SchemaPart {
  return isValibot(schema) ? convert(schema, names) : schema;
}

/** The schema of a request, with the notes on its fields. */
export function convertForm({ schema, fields, summary }: RequestForm, names: NamedSchemas) {
  const part = convertSchema(schema, names);
  if (fields === undefined) return part;
  const properties = isPart(part.properties) ? part.properties : {};
  return {
    title: summary,
    ...part,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [
        name,
        { ...(isPart(property) ? property : {}), ...fields[name] },
      ]),
    ),
  };
}

function isValibot(schema: GenericSchema | SchemaPart): schema is GenericSchema {
  return '~run' in schema;
}

function isPart(value: unknown): value is SchemaPart {
  return typeof value === 'object' && value !== null;
}
