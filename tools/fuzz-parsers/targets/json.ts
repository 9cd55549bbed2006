import { decodeFields } from '../../../src/http/bce/fields.ts';
import { decodeJsonObject, readOptionalText, refuseUnknownFields } from '../../../src/http/json.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';

export function fuzz(data: Buffer): void {
  const body = new Uint8Array(data);
  const object = attempt(() => decodeJsonObject(body));
  const fields = attempt(() => decodeFields(body));
  if (object === null) {
    assertTrue('fields of something that is not a JSON object', fields === null);
    return;
  }
  for (const name of Object.keys(object)) attempt(() => readOptionalText(object, name));
  attempt(() => refuseUnknownFields(object, ['name']));
  const names = listNames(new TextDecoder().decode(body));
  const isRepeated = new Set(names).size < names.length;
  if (fields === null) {
    const folded = Object.entries(object).filter(([, value]) => value !== null);
    const isClash = new Set(folded.map(([name]) => name.toLowerCase())).size < folded.length;
    assertTrue('a valid object is refused', isRepeated || isClash);
    return;
  }
  assertTrue('a repeated field is accepted', !isRepeated);
  assertSame('names', fields.names, Object.keys(object));
}

/** Returns the top-level names of a JSON object by its tokens. @param json valid JSON */
function listNames(json: string): string[] {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs) ?? [];
  const open: string[] = [];
  const names: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(token);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"') && open.length === 1 && tokens[index + 1] === ':') {
      names.push(String(JSON.parse(token)));
    }
  }
  return names;
}
