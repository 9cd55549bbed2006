/** Parses an IP address into 4 or 16 octets. IPv4 must be dotted decimal without leading zeros. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Formats 4 octets in dotted decimal, 16 by RFC 5952. Returns null for any other length. */
export function formatIpAddress(octets: Uint8Array): string | null {
  if (octets.length === 4) return octets.join('.');
  return octets.length === 16 ? formatIpv6(octets) : null;
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.', 5);
  const isValid =
    parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isValid ? Uint8Array.from(parts, Number) : null;
}

/** The length of the longest form: six groups and a dotted quad. */
const MAX_IPV6_LENGTH = 45;

function parseIpv6(text: string): Uint8Array | null {
  if (text.length > MAX_IPV6_LENGTH) return null;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return null;
  const before = parseGroups(head, tail === undefined);
  const after = tail === undefined ? [] : parseGroups(tail, true);
  if (before === null || after === null) return null;
  const missing = 16 - before.length - after.length;
  // RFC 4291 section 2.2: "::" stands for one or more groups.
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...before, ...new Array<number>(missing).fill(0), ...after]);
}

/** Parses groups between colons. The last group of an address may be a dotted quad. */
function parseGroups(text: string, endsAddress: boolean): number[] | null {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const quad =
      endsAddress && index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null;
    if (quad !== null) {
      octets.push(...quad);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    } else {
      return null;
    }
  }
  return octets;
}

function formatIpv6(octets: Uint8Array): string {
  // RFC 5952 section 5: an IPv4-mapped address ends in dotted decimal.
  const isMapped = octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff;
  if (isMapped && octets[11] === 0xff) return `::ffff:${octets.subarray(12).join('.')}`;
  const groups = Array.from(
    { length: 8 },
    (_, i) => (octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0),
  );
  const { start, length } = findLongestZeroRun(groups);
  const toText = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  // RFC 5952 section 4.2.2: a single zero group is not shortened.
  if (length < 2) return toText(groups);
  return `${toText(groups.slice(0, start))}::${toText(groups.slice(start + length))}`;
}

/**
 * Finds the longest run of zero groups, the first of equally long ones (RFC 5952 section 4.2.3).
 */
function findLongestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
