import { explainBadDnsName, explainBadIpAddress } from './general-name-forms.ts';
import type { GeneralName } from './general-names.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import { encodePunycode } from './punycode.ts';

/** A host in a commonName: a name for the subjectAltName, or the reason why it cannot be one. */
export type CommonNameHost =
  | { readonly name: GeneralName; readonly reason: null }
  /** The reason is the end of a sentence that begins with the commonName. */
  | { readonly name: null; readonly reason: string };

/** RFC 5895 section 2 (4), and the other full stops of IDNA2003. */
const FULL_STOPS = /[\u3002\uff0e\uff61]/g;
/** Labels that need not be valid, with dots between them. */
const HOST_LIKE = /^[\p{L}\p{M}\p{N}\p{So}*_.-]*$/u;
/** An address that need not be valid, perhaps with a zone, brackets, a port or a prefix length. */
const ADDRESS_LIKE =
  /^\[?(?<address>[\da-f:.]+)(?<zone>%[\w.-]*)?\]?(?<port>:\d*)?(?<prefix>\/\d+)?$/i;
const IPV4_LIKE = /^\d+(?:\.\d+){3}\.*(?<port>:\d*)?$/;

/**
 * Returns the host in a commonName, or null if the commonName is not a host: "Alice", a version
 * number. A name without a dot is a host only if it is "localhost". Letter case is kept. A dot at the
 * end and the brackets around an IPv6 address are dropped; U-labels become A-labels.
 */
export function readHostInCommonName(commonName: string): CommonNameHost | null {
  const host = readHost(commonName);
  if (host !== null) return host;
  // Programs that normalize a name (RFC 3491 section 4) read U+2024 as a dot, and U+FF11 as a 1.
  const plain = commonName.normalize('NFKC').trim();
  return readHost(plain)?.name == null
    ? null
    : refuse(`has characters that stand for others: write ${plain}`);
}

function readHost(commonName: string): CommonNameHost | null {
  const text = commonName.trim().replace(FULL_STOPS, '.');
  if (/^\[.*\]$/.test(text)) {
    const octets = parseIpAddress(text.slice(1, -1));
    return octets?.length === 16 ? address(octets) : refuse('has brackets without an IPv6 address');
  }
  const octets = parseIpAddress(text);
  if (octets !== null) return address(octets);
  if (/^https?:\/\//i.test(text)) return refuse('is a URL: write the host name alone');
  const fault = explainNoAddress(text);
  if (fault !== null) return refuse(fault);
  const withoutPort = text.replace(/:\d*\.?$/, '');
  if (!isHostLike(withoutPort)) return null;
  if (withoutPort !== text) return refuse('has a port: write the host name alone');
  const value = text.replace(/\.$/, '').split('.').map(toAscii).join('.');
  const reason = explainBadDnsName(value, { wildcard: true });
  return reason === null ? { name: { kind: 'dns', value }, reason } : refuse(reason);
}

/** Returns why a text that looks like an IP address is none, or null if it does not look like one. */
function explainNoAddress(text: string): string | null {
  const parts = ADDRESS_LIKE.exec(text)?.groups;
  const like = parts?.address ?? '';
  const ipv4 = IPV4_LIKE.exec(like);
  if (ipv4 === null) {
    // Without these signs it can be a MAC address or a time.
    if (!/::|[[\]%/]/.test(text) || like.split(':').length < 3) return null;
  }
  if (parts?.prefix !== undefined) return 'is a network: write one address';
  if (parts?.zone !== undefined) return 'has a zone: write the address alone';
  if ((parts?.port ?? ipv4?.groups?.port) !== undefined)
    return 'has a port: write the address alone';
  return ipv4 === null ? 'is not a valid IPv6 address' : 'is not a valid IPv4 address';
}

function isHostLike(text: string): boolean {
  const labels = text.split('.');
  while (labels.at(-1) === '') labels.pop();
  const last = labels.at(-1) ?? '';
  if (labels.length < 2) return last.toLowerCase() === 'localhost';
  // The last label of a host is never a number (RFC 1123 section 2.1): "1.2.3" is a version.
  return HOST_LIKE.test(text) && !/^\d+$/.test(last);
}

/** Converts a U-label to an A-label, in lower case and NFC (RFC 5895 section 2). */
function toAscii(label: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(label)) return label;
  return `xn--${encodePunycode(label.toLowerCase().normalize('NFC'))}`;
}

function address(octets: Uint8Array): CommonNameHost | null {
  const reason = explainBadIpAddress(octets);
  if (reason !== null) return refuse(reason);
  const value = formatIpAddress(octets);
  return value === null ? null : { name: { kind: 'ip', value }, reason };
}

function refuse(reason: string): CommonNameHost {
  return { name: null, reason };
}
