/** Inputs as text: one character for each byte as headers come, or UTF-8 as bodies do. */

export function readLatin1(data: Uint8Array): string {
  return Buffer.from(data).toString('latin1');
}

export function readUtf8(data: Uint8Array): string {
  return Buffer.from(data).toString('utf8');
}

/** The first byte chooses, the rest is the input. */
export function splitChoice(data: Uint8Array): { choice: number; rest: Uint8Array } {
  return { choice: data[0] ?? 0, rest: new Uint8Array(data.subarray(1)) };
}

/** The first line, and what stands behind it. */
export function splitLine(text: string): [string, string] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** `Name: value` lines; what no Headers would take is left out. */
export function readHeaders(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    try {
      if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // Never arrives: the platform refuses such a request itself.
    }
  }
  return headers;
}
