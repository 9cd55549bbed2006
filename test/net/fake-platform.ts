import type { Platform, PlatformSocket } from '../../src/net/platform.ts';

/** What a fake host answers to everything that arrives on one connection. */
export type Answer = (request: string) => string;

export interface FakePlatform extends Platform {
  /** `hostname:port` of each connection, in order. */
  readonly connections: string[];
  /** Each URL that was fetched, without those of the resolver. */
  readonly fetched: string[];
}

export const DOH_URL = 'https://dns.test/dns-query';

/**
 * Creates a platform without a network.
 * @param dns answers a question, such as `a.example A`, with RDATA
 * @param hosts by `hostname:port`; a connection to any other fails as it does in workerd
 * @param fetch answers what is fetched, other than from the resolver
 */
export function createFakePlatform(
  dns: (question: string) => readonly Uint8Array[],
  hosts: Readonly<Record<string, Answer>> = {},
  fetch: (url: string) => Response = () => new Response(null, { status: 500 }),
): FakePlatform {
  const connections: string[] = [];
  const fetched: string[] = [];
  return {
    connections,
    fetched,
    async fetch(url, init) {
      if (url === DOH_URL) {
        const query = new Uint8Array(await new Response(init.body ?? null).arrayBuffer());
        return new Response(answerQuery(query, dns));
      }
      fetched.push(url);
      return fetch(url);
    },
    connect({ hostname, port }) {
      const address = `${hostname}:${port}`;
      connections.push(address);
      const answer = hosts[address];
      return answer === undefined ? createRefusedSocket() : createSocket(answer);
    },
  };
}

function createSocket(answer: Answer): PlatformSocket {
  const transformer: Transformer<Uint8Array, Uint8Array> = {
    transform(bytes, controller) {
      controller.enqueue(new TextEncoder().encode(answer(new TextDecoder().decode(bytes))));
      controller.terminate();
    },
  };
  // A socket takes a short request before anything is read from it.
  const room = { highWaterMark: 1 };
  const { readable, writable } = new TransformStream(transformer, room, room);
  const opened = Promise.resolve();
  return { opened, closed: new Promise(() => {}), readable, writable, close: async () => {} };
}

function createRefusedSocket(): PlatformSocket {
  const error = new Error('proxy request failed, cannot connect to the specified address');
  const opened = Promise.reject(error);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { opened, closed: opened, readable, writable, close: async () => {} };
}

const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'A', 16: 'TXT', 28: 'AAAA', 257: 'CAA' };

/** Answers a query with records of the name that it asks for. */
function answerQuery(query: Uint8Array, dns: (question: string) => readonly Uint8Array[]) {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(new TextDecoder().decode(query.subarray(offset + 1, offset + 1 + length)));
    offset += 1 + length;
  }
  const type = (query[offset + 1] ?? 0) * 256 + (query[offset + 2] ?? 0);
  const data = dns(`${labels.join('.')} ${TYPE_NAMES[type]}`);
  const records = data.flatMap((each) => [
    ...[0xc0, 12, type >> 8, type & 0xff, 0, 1, 0, 0, 0, 60, each.length >> 8, each.length & 0xff],
    ...each,
  ]);
  const header = [0, 0, 0x81, 0x80, 0, 1, 0, data.length, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...query.subarray(12, offset + 5), ...records]);
}
