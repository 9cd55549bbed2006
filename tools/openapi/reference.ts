import type { SchemaPart } from '../../src/http/endpoint.ts';
import type { ApiContent, ApiDocument, ApiOperation, ApiParameter } from './document.ts';

const HEAD = `# API reference

<!-- Written by \`npm run docs:api\`: change the endpoints in src/http/api/ and src/http/publish/ instead. -->

A running Signet shows the same at \`/api/docs/\`, to read and to try, and gives it to programs at \`/api/v1/openapi.json\` (OpenAPI 3.1). [api.md](api.md) tells how to begin.
`;

/** The description of the API as a page of Markdown. */
export function writeReference(document: ApiDocument): string {
  const parts = [HEAD, `${document.info.description}\n\nFields with * must be there.\n`];
  const common = listCommonCodes(document);
  for (const { name, description } of document.tags) {
    parts.push(`## ${name}\n${description}\n`);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.tags[0] === name) {
          parts.push(writeOperation(method, path, operation, common));
        }
      }
    }
  }
  parts.push('## Objects\n');
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    parts.push(`### ${name}\n${writeFields(schema)}`);
  }
  parts.push(writeErrors(document, common));
  return `${parts.join('\n').trimEnd()}\n`;
}

function writeOperation(
  method: string,
  path: string,
  operation: ApiOperation,
  common: readonly string[],
): string {
  const lines = [`### ${method.toUpperCase()} ${path}`, `${operation.summary}.`];
  if (operation.description !== undefined) lines.push('', operation.description);
  if (operation.parameters !== undefined) lines.push('', writeParameters(operation.parameters));
  if (operation.requestBody !== undefined) {
    for (const [type, content] of Object.entries(operation.requestBody.content)) {
      const optional = operation.requestBody.required ? '' : ', or nothing';
      lines.push('', `Body: \`${type}\`${optional}.`, '', writeRequest(content));
    }
  }
  lines.push('', writeAnswers(operation));
  const codes = listCodes(operation).filter((code) => !common.includes(code));
  if (codes.length > 0) lines.push('', `Errors: ${quoteAll(codes)}.`);
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`;
}

function writeParameters(parameters: readonly ApiParameter[]): string {
  const rows = parameters.map(({ name, in: place, schema, description }) => [
    `\`${name}\``,
    place,
    describeType(schema),
    description,
  ]);
  return writeTable(['parameter', 'in', 'form', ''], rows);
}

function writeRequest({ schema, examples = {} }: ApiContent): string {
  const forms = listParts(schema.oneOf);
  const parts = (forms.length === 0 ? [schema] : forms).map((form) => {
    const title = forms.length === 0 ? '' : `${String(form.title)}:\n\n`;
    return form.properties === undefined
      ? `${String(form.description ?? '')}\n`
      : `${title}${writeFields(form)}`;
  });
  const values = Object.values(examples).map(({ value }) => value);
  const json = values.filter((value) => typeof value === 'object').map(writeExample);
  return [...parts, ...json].join('\n');
}

function writeAnswers({ responses }: ApiOperation): string {
  const rows = Object.entries(responses)
    .filter(([, { content }]) => content?.['application/problem+json'] === undefined)
    .map(([status, { description, content = {} }]) => {
      const forms = Object.entries(content).map(
        ([type, { schema }]) => `\`${type}\`${refersTo(schema)}`,
      );
      return [status, description, forms.join('<br>')];
    });
  return writeTable(['status', '', 'body'], rows);
}

function refersTo({ $ref }: SchemaPart): string {
  return typeof $ref === 'string' ? ` ${linkTo($ref)}` : '';
}

function linkTo(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function writeFields(schema: SchemaPart): string {
  const choices = listParts(schema.anyOf);
  if (choices.length > 0) return writeChoices(choices);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(isPart(schema.properties) ? schema.properties : {}).map(
    ([name, field]) => {
      const part = isPart(field) ? field : {};
      const mark = schema.additionalProperties === false && required.includes(name) ? ' *' : '';
      return [`\`${name}\`${mark}`, describeType(part), String(part.description ?? '')];
    },
  );
  return `${writeTable(['field', 'form', ''], rows)}\n`;
}

/** Objects that one of several schemas describes: the fields that all have, and a row for each one. */
function writeChoices(choices: readonly SchemaPart[]): string {
  const [first = {}, ...others] = choices.map(({ properties }) =>
    isPart(properties) ? properties : {},
  );
  const isShared = (name: string) =>
    others.every((fields) => JSON.stringify(fields[name]) === JSON.stringify(first[name]));
  const [shared, own] = [true, false].map((wanted) =>
    Object.keys(first).filter((name) => isShared(name) === wanted),
  );
  const common = Object.fromEntries((shared ?? []).map((name) => [name, first[name]]));
  const rows = [first, ...others].map((fields) => {
    const parts = (own ?? []).map((name) => fields[name]).filter(isPart);
    return [...parts.map(describeType), String(parts.at(-1)?.description ?? '')];
  });
  const head = (own ?? []).map((name) => `\`${name}\``);
  return `${writeFields({ properties: common })}\n${writeTable([...head, ''], rows)}\n`;
}

function describeType(schema: SchemaPart): string {
  const { type, format, anyOf, items, enum: values, $ref, minimum, maximum } = schema;
  const standard = schema.default === undefined ? '' : `, default \`${String(schema.default)}\``;
  if (typeof $ref === 'string') return linkTo($ref);
  const parts = listParts(anyOf);
  if (parts.length > 0) return parts.map(describeType).join(' or ');
  if (Array.isArray(values)) {
    return `${values.map((value) => `\`${String(value)}\``).join(', ')}${standard}`;
  }
  if ('const' in schema) return `\`${String(schema.const)}\``;
  if (type === 'object' && isPart(schema.properties)) {
    return `object with ${quoteAll(Object.keys(schema.properties))}`;
  }
  if (type === 'array') return `array of ${describeType(isPart(items) ? items : {})}`;
  if (type === 'null') return '`null`';
  if (format === 'date-time') return `RFC 3339${standard}`;
  const from = minimum === undefined ? '' : ` from ${String(minimum)}`;
  const to = maximum === undefined ? '' : ` to ${String(maximum)}`;
  return `${type === undefined ? 'any' : String(type)}${from}${to}${standard}`;
}

function listCodes({ responses }: ApiOperation): string[] {
  return Object.values(responses)
    .filter(({ content }) => content?.['application/problem+json'] !== undefined)
    .flatMap(({ description }) => [...description.matchAll(/`([a-z-]+)`: /g)])
    .map(([, code = '']) => code);
}

/** Those that every operation may meet which takes an access key. */
function listCommonCodes({ paths }: ApiDocument): string[] {
  const [first = [], ...others] = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ security }) => security.length > 0)
    .map(listCodes);
  return first.filter((code) => others.every((codes) => codes.includes(code)));
}

function quoteAll(codes: readonly string[]): string {
  return codes.map((code) => `\`${code}\``).join(', ');
}

function writeErrors({ paths }: ApiDocument, common: readonly string[]): string {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const rows = new Map<string, string>();
  for (const [status, { content, description }] of operations.flatMap(({ responses }) =>
    Object.entries(responses),
  )) {
    if (content?.['application/problem+json'] === undefined) continue;
    for (const [, code = '', title = ''] of description.matchAll(/`([a-z-]+)`: ([^`]+)\./g)) {
      rows.set(`${status} ${code}`, title);
    }
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const table = sorted.map(([key, title]) => {
    const [status = '', code = ''] = key.split(' ');
    return [status, `\`${code}\``, title];
  });
  return `## Errors\nAs [Problem](#problem), in \`application/problem+json\`. What takes an access key may always answer ${quoteAll(common)}.\n\n${writeTable(['status', 'code', ''], table)}`;
}

function writeExample(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n`;
}

function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function listParts(value: unknown): SchemaPart[] {
  return Array.isArray(value) ? value.filter(isPart) : [];
}

function isPart(value: unknown): value is SchemaPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
