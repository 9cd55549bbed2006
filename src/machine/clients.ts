import type { Client, ReadClient } from '../http/middleware/request-context.ts';
import { type AddressRange, isInRange, parseAddressRange } from '../net/address-ranges.ts';
import { parseIpAddress } from '../x509/names/ip-address.ts';

const NO_NETWORK: Client = { remoteAddress: null, usesTls: false };

/**
 * Returns a function that reads the address of a client from its connection. If the connection comes
 * from one of the proxies, it is the last address in X-Forwarded-For that is not one of theirs; the
 * scheme is then that of X-Forwarded-Proto.
 * @param proxies addresses and ranges in CIDR form, separated by commas
 * @throws TypeError if `proxies` cannot be read
 */
export function createReadClient(proxies: string): ReadClient {
  const trusted = proxies.split(',').flatMap((each) => {
    const text = each.trim();
    return text === '' ? [] : [readRange(text)];
  });
  const readPeer = createReadPeer();
  return (request) => {
    const peer = readPeer(request);
    if (peer === null) return NO_NETWORK;
    if (trusted.length === 0 || !isTrusted(trusted, peer)) {
      return { remoteAddress: peer, usesTls: false };
    }
    const forwarded = (request.headers.get('X-Forwarded-For') ?? '').split(',');
    const addresses = forwarded.map((each) => stripPort(each.trim()));
    const client = addresses.findLast((address) => !isTrusted(trusted, address));
    // Whoever sent something else than an address is not known: the proxy is.
    const remoteAddress = client !== undefined && parseIpAddress(client) !== null ? client : peer;
    const [proto = ''] = (request.headers.get('X-Forwarded-Proto') ?? '').split(',');
    return { remoteAddress, usesTls: proto.trim().toLowerCase() === 'https' };
  };
}

/** Connections whose address is remembered: the requests of one are told the same text. */
const MAX_KNOWN_PEERS = 1000;

/** Returns a function that reads the other end of the connection; null for a Unix socket. */
function createReadPeer(): (request: Request) => string | null {
  const known = new Map<string, string | null>();
  return (request) => {
    // workerd gives `address:port`.
    const peer: unknown = Reflect.get(Object(request.cf), 'clientIp');
    if (typeof peer !== 'string') return null;
    const found = known.get(peer);
    if (found !== undefined) return found;
    const address = stripPort(peer);
    const checked = parseIpAddress(address) === null ? null : address;
    if (known.size >= MAX_KNOWN_PEERS) known.clear();
    known.set(peer, checked);
    return checked;
  };
}

/** Removes the port, and the mark of an IPv4 address that came over an IPv6 socket. */
function stripPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  const address = bracketed ?? (/^[^:]*:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text);
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function isTrusted(trusted: readonly AddressRange[], address: string): boolean {
  const octets = parseIpAddress(address);
  return octets !== null && trusted.some((range) => isInRange(octets, range));
}

function readRange(text: string): AddressRange {
  const octets = parseIpAddress(text.split('/')[0] ?? '');
  if (octets === null) throw new TypeError(`is not an address or a range: ${text}`);
  const range = parseAddressRange(text.includes('/') ? text : `${text}/${8 * octets.length}`);
  if (Number.isInteger(range.bits) && range.bits >= 0 && range.bits <= 8 * octets.length) {
    return range;
  }
  throw new TypeError(`is not an address or a range: ${text}`);
}
