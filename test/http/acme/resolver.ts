import { type Mock, vi } from 'vitest';
import { encodeUtf8 } from '../../../src/bytes.ts';

/**
 * Answers the Worker's queries for TXT records in place of its resolver (RFC 8484), from texts by name.
 * A name whose text is a promise is answered when it is resolved. It shares no code with src/net.
 */
export function mockResolver(texts: ReadonlyMap<string, string | Promise<string>>): Mock {
  return vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    const body = init?.body;
    if (!(body instanceof Uint8Array)) throw new Error('not a query');
    const name = readName(body);
    const text = await texts.get(name);
    return new Response(answer(body, text), {
      headers: { 'Content-Type': 'application/dns-message' },
    });
  });
}

function readName(query: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += 1 + (query[at] ?? 0)) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + (query[at] ?? 0))));
  }
  return labels.join('.').toLowerCase();
}

/** NXDOMAIN without a text; else one TXT record for the name of the question. */
function answer(query: Uint8Array, text: string | undefined): Uint8Array<ArrayBuffer> {
  const end = query.indexOf(0, 12) + 5;
  const question = query.subarray(12, end);
  const bytes = text === undefined ? null : encodeUtf8(text);
  const header = Uint8Array.of(
    query[0] ?? 0,
    query[1] ?? 0,
    0x81,
    bytes === null ? 0x83 : 0x80,
    0,
    1,
    0,
    bytes === null ? 0 : 1,
    0,
    0,
    0,
    0,
  );
  const record =
    bytes === null
      ? new Uint8Array()
      : Uint8Array.of(
          0xc0,
          12,
          0,
          16,
          0,
          1,
          0,
          0,
          0,
          60,
          0,
          bytes.length + 1,
          bytes.length,
          ...bytes,
        );
  return Uint8Array.of(...header, ...question, ...record);
}
