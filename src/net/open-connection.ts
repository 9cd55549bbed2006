import { formatIpAddress, parseIpAddress } from '../x509/names/ip-address.ts';
import { isCloudflareAddress } from './cloudflare-addresses.ts';
import type { Host, Network } from './network.ts';
import { NetworkError } from './network-error.ts';
import type { Platform, PlatformSocket } from './platform.ts';
import { findSpecialPurpose } from './special-addresses.ts';
import { limitTime, untilAborted } from './time-limit.ts';

/** A connection to another host. Its methods throw NetworkError. */
export interface Connection {
  /** Returns the next bytes, or null when the other side has closed the connection. */
  read(): Promise<Uint8Array | null>;
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

export type OpenConnection = (host: Host, port: number, signal: AbortSignal) => Promise<Connection>;

/** Cloudflare's platform refuses sockets to its own addresses. Only fetch() reaches them. */
export class CloudflareAddressError extends NetworkError {}

const CONNECT_MS = 3000;

/** More addresses of one family are not tried: a caller chooses how many its name has. */
const MAX_ADDRESSES_PER_FAMILY = 2;

/**
 * Creates the function that opens all connections. It resolves a name once, refuses special-purpose
 * addresses, and connects to the addresses that it judged, so that a second answer of the name's
 * server changes nothing.
 */
export function createOpenConnection(options: {
  readonly queryDns: Network['queryDns'];
  readonly connect: Platform['connect'];
  readonly allowPrivateAddresses: boolean;
}): OpenConnection {
  const { queryDns, connect, allowPrivateAddresses } = options;

  async function findAddresses(host: Host, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const addresses =
      host.type === 'ip' ? [readAddress(host.value)] : await resolve(host.value, queryDns, signal);
    const purposes = addresses.map(findSpecialPurpose);
    const permitted = addresses.filter((_, index) => allowPrivateAddresses || !purposes[index]);
    if (permitted.length > 0) return permitted;
    throw new NetworkError(
      'connection',
      `This CA does not connect to ${host.value}: it has only special-purpose addresses (${purposes[0]}).`,
    );
  }

  return async function openConnection(host, port, signal) {
    let failure: unknown = null;
    for (const octets of await findAddresses(host, signal)) {
      const address = formatIpAddress(octets) ?? '';
      const hostname = octets.length === 16 ? `[${address}]` : address;
      try {
        return await open(connect({ hostname, port }), signal);
      } catch (error) {
        const cause = describeFailure(error, octets, `${hostname}:${port}`);
        // The platform's own refusal says more than another address that does not answer.
        if (!(failure instanceof CloudflareAddressError)) failure = cause;
      }
      if (signal.aborted) break;
    }
    throw failure;
  };
}

function readAddress(text: string): Uint8Array {
  const octets = parseIpAddress(text);
  if (octets === null) throw new NetworkError('connection', `${text} is not an IP address.`);
  return octets;
}

/** Returns the IPv6 addresses first, as RFC 6724 prefers them. */
async function resolve(
  name: string,
  queryDns: Network['queryDns'],
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const [ipv6, ipv4] = await Promise.all([
    queryDns(name, 'AAAA', signal),
    queryDns(name, 'A', signal),
  ]);
  const addresses = [
    ...ipv6.filter(({ length }) => length === 16).slice(0, MAX_ADDRESSES_PER_FAMILY),
    ...ipv4.filter(({ length }) => length === 4).slice(0, MAX_ADDRESSES_PER_FAMILY),
  ];
  if (addresses.length > 0) return addresses;
  throw new NetworkError('dns', `${name} has no A or AAAA records.`);
}

async function open(socket: PlatformSocket, signal: AbortSignal): Promise<Connection> {
  const close = () => {
    socket.close().catch(() => {});
  };
  socket.closed.catch(() => {});
  try {
    await untilAborted(socket.opened, limitTime(signal, CONNECT_MS));
  } catch (error) {
    close();
    throw error;
  }
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  return {
    async read() {
      const { value, done } = await guard(reader.read(), signal);
      return done ? null : value;
    },
    write: (bytes) => guard(writer.write(bytes), signal),
    close,
  };
}

async function guard<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(promise, signal);
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw new NetworkError('connection', 'The connection broke off.', { cause: error });
  }
}

function describeFailure(error: unknown, octets: Uint8Array, address: string): NetworkError {
  if (error instanceof NetworkError) {
    return new NetworkError('connection', `${address} did not answer in time.`, { cause: error });
  }
  // The platform words the refusal of its own addresses and a failure alike.
  return isCloudflareAddress(octets)
    ? new CloudflareAddressError(
        'connection',
        `This CA cannot connect to ${address}, an address of Cloudflare's proxy.`,
        { cause: error },
      )
    : new NetworkError('connection', `Cannot connect to ${address}.`, { cause: error });
}
