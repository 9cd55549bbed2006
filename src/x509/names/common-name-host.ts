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
/** Labels that need not be valid. */
const HOST_LIKE = /^[\p{L}\p{M}\p{N}\p{So}*_-]*(?:\.[\p{L}\p{M}\p{N}\p{So}*_-]*)+$/u;

/**
 * Returns the host in a commonName, or null if the commonName is not a host: "Alice", a version
 * number. A name without a dot is a host only if it is "localhost". Letter case is kept. A dot at the
 * end and the brackets around an IPv6 address are dropped; U-labels become A-labels.
 */
export function readHostInCommonName(commonName: string): CommonNameHost | null {
  const text = commonName.trim().replace(FULL_STOPS, '.');
  if (/^\[.*\]$/.test(text)) {
    const octets = parseIpAddress(text.slice(1, -1));
    return octets?.length === 16 ? address(octets) : refuse('has brackets without an IPv6 address');
  }
  const octets = parseIpAddress(text);
  if (octets !== null) return address(octets);
  if (/^\d+(?:\.\d+){3}$/.test(text)) return refuse('is not a valid IPv4 address');
  if (/^https?:\/\//i.test(text)) return refuse('is a URL: write the host name alone');
  const host = text.replace(/\.$/, '');
  const withoutPort = host.replace(/:\d{1,5}$/, '');
  if (!isHostLike(withoutPort)) return null;
  if (withoutPort !== host) return refuse('has a port: write the host name alone');
  const value = host.split('.').map(toAscii).join('.');
  const reason = explainBadDnsName(value, { wildcard: true });
  return reason === null ? { name: { kind: 'dns', value }, reason } : refuse(reason);
}

function isHostLike(text: string): boolean {
  if (text.toLowerCase() === 'localhost') return true;
  // The last label of a host is never a number (RFC 1123 section 2.1): "1.2.3" is a version.
  return HOST_LIKE.test(text) && !/\.\d*$/.test(text);
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
