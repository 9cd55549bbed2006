import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { DATE_TIME, NULLABLE_DATE_TIME } from '../../src/http/api/field-schemas.ts';
import type { RequestForm, SchemaPart } from '../../src/http/endpoint.ts';

/** A moment is checked by code of ours, which no schema shows. */
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

/** The schema of a request, with what is told of its fields. */
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
