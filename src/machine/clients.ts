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

/** The other end of the connection: workerd gives `address:port`. Null for a Unix socket. */
function readPeer(request: Request): string | null {
  const peer: unknown = Reflect.get(Object(request.cf), 'clientIp');
  if (typeof peer !== 'string') return null;
  const address = stripPort(peer);
  return parseIpAddress(address) === null ? null : address;
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
