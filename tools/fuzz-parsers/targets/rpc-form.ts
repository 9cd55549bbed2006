import {
  canonicalParameters,
  decodeParameters,
  mergeParameters,
  type Parameters,
} from '../../../src/http/cas/authentication/acs-parameters.ts';
import { unflatten } from '../../../src/http/cas/unflatten.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { readUtf8, splitLine } from '../text.ts';

const ROOT = 'ApiPassthrough';

/** The first line is the query, the rest the form. */
export function fuzz(data: Buffer): void {
  const [queryText, formText] = splitLine(readUtf8(data));
  const query = attempt(() => decodeParameters(queryText));
  const form = attempt(() => decodeParameters(formText));
  for (const parameters of [query, form]) {
    if (parameters !== null) judge(parameters);
  }
  if (query === null || form === null) return;
  const merged = attempt(() => mergeParameters(query, form));
  if (merged === null) return;
  for (const [name, value] of [...query, ...form]) assertSame('merged', merged.get(name), value);
  judge(merged);
}

function judge(parameters: Parameters): void {
  const isText = [...parameters].every(([name, value]) => (name + value).isWellFormed());
  assertTrue('a parameter that is not well-formed text', isText);
  const again = decodeParameters(canonicalParameters(parameters));
  assertSame('read again', [...again].sort(), [...parameters].sort());
  const tree = attempt(() => unflatten(parameters, ROOT));
  if (tree === null) return;
  const flat = new Map<string, unknown>();
  flatten(tree, ROOT, flat);
  const given = [...parameters].filter(([name]) => name.startsWith(`${ROOT}.`));
  assertSame('flattened again', [...flat].sort(), given.sort());
}

function flatten(node: unknown, path: string, into: Map<string, unknown>): void {
  if (typeof node !== 'object' || node === null) {
    into.set(path, node);
    return;
  }
  assertTrue(
    'a prototype',
    [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(node)),
  );
  const isList = Array.isArray(node);
  for (const [name, child] of Object.entries(node)) {
    flatten(child, `${path}.${isList ? Number(name) + 1 : name}`, into);
  }
}
