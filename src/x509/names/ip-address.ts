/** Octets (4 or 16) of an IP address in text, or null. IPv4 is dotted decimal without leading zeros. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Canonical text of 4 or 16 octets: dotted decimal, or RFC 5952; null for any other length. */
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

/** The longest form: six groups and a dotted quad. */
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

/** Octets of groups between colons; the last may be a dotted quad where the address ends with it. */
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
  // RFC 5952 section 5: the well-known prefix of IPv4-mapped addresses shows the IPv4 part.
  const isMapped = octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff;
  if (isMapped && octets[11] === 0xff) return `::ffff:${octets.subarray(12).join('.')}`;
  const groups = Array.from(
    { length: 8 },
    (_, i) => (octets[2 * i] ?? 0) * 256 + (octets[2 * i + 1] ?? 0),
  );
  const { start, length } = findLongestZeroRun(groups);
  const toText = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  // RFC 5952 section 4.2.2: one zero group alone is not shortened.
  if (length < 2) return toText(groups);
  return `${toText(groups.slice(0, start))}::${toText(groups.slice(start + length))}`;
}

/** RFC 5952 section 4.2.3: the longest run, of equal ones the first. */
function findLongestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
