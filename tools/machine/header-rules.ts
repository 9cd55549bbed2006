/** The rules of a `_headers` file of Workers Assets. */
export interface HeaderRules {
  /** Headers of all rules that match a path; a later rule replaces a header of an earlier one. */
  find(path: string): Record<string, string>;
}

/** Reads patterns at the start of lines, where `*` ends one, and below each indented headers. */
export function readHeaderRules(text: string): HeaderRules {
  const rules: { readonly pattern: string; readonly headers: Record<string, string> }[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (/^\S/.test(line)) {
      rules.push({ pattern: line.trim(), headers: {} });
      continue;
    }
    const [, name, value] = /^\s+([^:]+):\s*(.*)$/.exec(line) ?? [];
    const rule = rules.at(-1);
    if (name === undefined || value === undefined || rule === undefined) {
      throw new Error(`_headers has a line that is neither a pattern nor a header: ${line}`);
    }
    rule.headers[name] = value;
  }
  return {
    find: (path) =>
      Object.assign(
        {},
        ...rules.filter((rule) => matches(rule.pattern, path)).map((r) => r.headers),
      ),
  };
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
