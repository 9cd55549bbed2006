const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i;

/**
 * Finds out which filter a person means by what they typed into the one search field. A serial number
 * or a word may look alike, so only long hexadecimal texts count as serial numbers.
 */
export function readSearch(typed: string): Readonly<Record<string, string>> {
  const value = typed.trim();
  const digits = value.replaceAll(':', '');
  if (value === '') return {};
  if (value.startsWith('*.')) return { dns: value };
  if (/^[0-9a-f]{64}$/i.test(digits)) return { fingerprint: digits };
  if (/^[0-9a-f]{16,40}$/i.test(digits)) return { serial: digits };
  if (IPV4.test(value) || IPV6.test(value)) return { ip: value };
  return { text: value };
}

/** What the search field shows for the filters of an address. */
export function showSearch(query: URLSearchParams): string {
  const only = [...query].filter(([name]) => name !== 'sort');
  const [first] = only;
  if (only.length !== 1 || first === undefined) return query.get('text') ?? '';
  const [name, value] = first;
  return ['text', 'fingerprint', 'serial', 'ip'].includes(name) || value.startsWith('*.')
    ? value
    : '';
}

/** A day of a date field as the API's time. */
export function startOfDay(date: string): string | undefined {
  return date === '' ? undefined : `${date}T00:00:00Z`;
}
