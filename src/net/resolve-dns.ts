import { type DnsResponse, encodeDnsQuery, parseDnsResponse } from './dns-message.ts';
import { type Network, RECORD_TYPES, type RecordType } from './network.ts';
import { NetworkError } from './network-error.ts';
import type { Platform } from './platform.ts';
import { readBody } from './read-body.ts';
import { limitTime, untilAborted } from './time-limit.ts';

const QUERY_MS = 5000;
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Queries for one question: a resolver that does not follow CNAMEs leaves them to the client. */
const MAX_QUERIES = 8;

const NAME_DOES_NOT_EXIST = 3;
const ERROR_NAMES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** Creates a client of a resolver that speaks DNS over HTTPS (RFC 8484). */
export function createDnsResolver(dohUrl: string, fetch: Platform['fetch']): Network['queryDns'] {
  async function ask(name: string, type: RecordType, signal: AbortSignal): Promise<DnsResponse> {
    const query = encodeDnsQuery(name, RECORD_TYPES[type]);
    const body = await post(dohUrl, query, fetch, limitTime(signal, QUERY_MS));
    const response = parseDnsResponse(body, name, RECORD_TYPES[type]);
    if (response.code !== 0 && response.code !== NAME_DOES_NOT_EXIST) {
      const code = ERROR_NAMES[response.code] ?? `the code ${response.code}`;
      throw new NetworkError(
        'dns',
        `The query for the ${type} records of ${name} failed: the resolver answered ${code}.`,
      );
    }
    return response;
  }

  return async function queryDns(name, type, signal) {
    let current = name.toLowerCase();
    for (let queries = 0; queries < MAX_QUERIES; queries++) {
      const asked = current;
      const { answers, code, isNegative } = await ask(asked, type, signal);
      current = followAliases(answers, asked);
      const found = answers.filter(
        (record) => record.name === current && record.type === RECORD_TYPES[type],
      );
      const isComplete = current === asked || isNegative || code === NAME_DOES_NOT_EXIST;
      if (found.length > 0 || isComplete) return found.map(({ data }) => data);
    }
    throw new NetworkError('dns', `The ${type} records of ${name} have too many CNAMEs.`);
  };
}

/** Returns the name at the end of the CNAMEs that begin at `name`. */
function followAliases(answers: DnsResponse['answers'], name: string): string {
  const seen = new Set<string>();
  for (let current = name; ; ) {
    seen.add(current);
    const alias = answers.find((record) => record.name === current && record.target !== null);
    if (alias === undefined || alias.target === null) return current;
    current = alias.target;
    if (seen.has(current)) throw new NetworkError('dns', `The CNAMEs of ${name} form a loop.`);
  }
}

async function post(
  dohUrl: string,
  query: Uint8Array<ArrayBuffer>,
  fetch: Platform['fetch'],
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    const type = 'application/dns-message';
    const response = await untilAborted(
      fetch(dohUrl, {
        method: 'POST',
        headers: { Accept: type, 'Content-Type': type },
        body: query,
        redirect: 'manual',
        signal,
      }),
      signal,
    );
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    return await readBody(response, MAX_MESSAGE_BYTES, 'dns', signal);
  } catch (cause) {
    // What exactly failed is the operator's concern: the resolver is not the caller's.
    throw new NetworkError('dns', 'The resolver of this CA did not answer. Try again later.', {
      cause,
    });
  }
}
