/** Decodes inputs as text: one character per byte for headers, UTF-8 for bodies. */

export function readLatin1(data: Uint8Array): string {
  return Buffer.from(data).toString('latin1');
}

export function readUtf8(data: Uint8Array): string {
  return Buffer.from(data).toString('utf8');
}

/** The first byte is a selector, the rest the input. */
export function splitChoice(data: Uint8Array): { choice: number; rest: Uint8Array } {
  return { choice: data[0] ?? 0, rest: new Uint8Array(data.subarray(1)) };
}

/** Splits a text after its first line. */
export function splitLine(text: string): [string, string] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
}

/** Parses `Name: value` lines; leaves out those that Headers does not accept. */
export function readHeaders(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    try {
      if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      // The platform refuses such a request itself.
    }
  }
  return headers;
}
