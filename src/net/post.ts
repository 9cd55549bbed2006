import { parseIpAddress } from '../x509/names/ip-address.ts';
import type { Network } from './network.ts';
import { NetworkError } from './network-error.ts';
import type { Platform } from './platform.ts';
import { findSpecialPurpose } from './special-addresses.ts';
import { untilAborted } from './time-limit.ts';

export interface PostedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends a POST and returns the status of the answer. It follows no redirect and does not read the body of
 * the answer. Ends when `signal` aborts.
 * @throws NetworkError
 */
export type Post = (url: URL, request: PostedRequest, signal: AbortSignal) => Promise<number>;

/**
 * Creates the function that sends POST requests. Before each, every address of the host is checked. The
 * request itself goes through the platform's fetch, because only the platform verifies the server's
 * certificate. It resolves the name again: SECURITY.md says what then guards private addresses.
 */
export function createPost(options: {
  readonly queryDns: Network['queryDns'];
  readonly fetch: Platform['fetch'];
  readonly allowPrivateAddresses: boolean;
}): Post {
  const { queryDns, fetch, allowPrivateAddresses } = options;

  async function checkAddresses(url: URL, signal: AbortSignal): Promise<void> {
    const problem = findHostProblem(url, allowPrivateAddresses);
    if (problem !== null) throw new NetworkError('connection', `${problem}.`);
    if (allowPrivateAddresses || readAddress(url) !== null) return;
    const name = url.hostname.replace(/\.$/, '');
    const answers = await Promise.all([
      queryDns(name, 'AAAA', signal),
      queryDns(name, 'A', signal),
    ]);
    const addresses = answers.flat();
    if (addresses.length === 0) {
      throw new NetworkError('dns', `${name} has no A or AAAA records.`);
    }
    for (const octets of addresses) {
      const purpose = findSpecialPurpose(octets);
      if (purpose !== null) throw new NetworkError('connection', describeRefusal(name, purpose));
    }
  }

  return async function post(url, { headers, body }, signal) {
    await checkAddresses(url, signal);
    try {
      const sent = fetch(url.href, {
        ...{ method: 'POST', headers: { ...headers }, body },
        ...{ redirect: 'manual', signal },
      });
      const response = await untilAborted(sent, signal);
      response.body?.cancel().catch(() => {});
      return response.status;
    } catch (error) {
      if (error instanceof NetworkError) throw error;
      if (signal.aborted) {
        throw new NetworkError('connection', 'The server did not answer in time.', {
          cause: error,
        });
      }
      throw new NetworkError(
        'connection',
        `Cannot send to ${url.host}: it cannot be reached, or its certificate does not verify.`,
        { cause: error },
      );
    }
  };
}

/** Says why no request is sent to the host of a URL, or returns null. It asks no resolver. */
export function findHostProblem(url: URL, allowPrivateAddresses: boolean): string | null {
  const octets = readAddress(url);
  if (octets === null && !isDnsName(url.hostname)) {
    return 'DNS has no name with an empty label, one of more than 63 characters, or more than 253 in all';
  }
  if (allowPrivateAddresses) return null;
  if (url.protocol !== 'https:') return 'This CA sends only to https:// URLs';
  if (octets !== null) {
    const purpose = findSpecialPurpose(octets);
    return purpose === null ? null : describeRefusal(url.hostname, purpose).replace(/\.$/, '');
  }
  const isLocal = /(^|\.)(localhost|local|internal)\.?$/.test(url.hostname);
  return isLocal ? `${url.hostname} is the name of a private host` : null;
}

/** RFC 1035 section 2.3.4. A dot at the end is that of the root. */
function isDnsName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && /^[^.]{1,63}(\.[^.]{1,63})*$/.test(name);
}

/** The parser of URLs has brought every spelling of an IPv4 address to one. */
function readAddress({ hostname }: URL): Uint8Array | null {
  return parseIpAddress(hostname.replace(/^\[|\]$/g, ''));
}

function describeRefusal(host: string, purpose: string): string {
  return `This CA does not connect to ${host}: it has a special-purpose address (${purpose}).`;
}
