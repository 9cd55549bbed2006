/**
 * Returns the name of the first field that a JSON object has twice at its top level, or null.
 * JSON.parse silently keeps the last value; another reader, such as a checking proxy, may keep the
 * first.
 * @param json the text of one object, known to be JSON
 */
export function findDuplicateField(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  let expectsName = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
      case '[':
        depth++;
        expectsName = depth === 1;
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        expectsName = depth === 1;
        break;
      case '"': {
        const end = findStringEnd(json, at);
        if (expectsName) {
          const name = String(JSON.parse(json.slice(at, end + 1)));
          if (seen.has(name)) return name;
          seen.add(name);
        }
        expectsName = false;
        at = end;
        break;
      }
    }
  }
  return null;
}

/** Returns the index of the closing quotation mark of the string that begins at `start`. */
function findStringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}
