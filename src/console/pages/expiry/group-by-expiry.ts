/** Something that expires, of any kind. */
export interface Expiring {
  readonly kind: 'certificate' | 'ca' | 'inventory';
  readonly id: string;
  readonly name: string;
  readonly href: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

export const LIMITS_DAYS = [1, 7, 14, 30, 90] as const;
export type Group = 'expired' | `days${(typeof LIMITS_DAYS)[number]}`;

const DAY_MS = 86_400_000;

/** Sorts by expiry and cuts into groups, the most urgent first. What expires later is left out. */
export function groupByExpiry(
  all: readonly Expiring[],
  nowMs: number,
): readonly { readonly group: Group; readonly items: readonly Expiring[] }[] {
  const sorted = [...all].sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter));
  const groups: readonly Group[] = [
    'expired',
    ...LIMITS_DAYS.map((days) => `days${days}` as const),
  ];
  return groups
    .map((group) => ({
      group,
      items: sorted.filter(({ notAfter }) => findGroup(Date.parse(notAfter) - nowMs) === group),
    }))
    .filter(({ items }) => items.length > 0);
}

function findGroup(leftMs: number): Group | null {
  if (leftMs < 0) return 'expired';
  const limit = LIMITS_DAYS.find((days) => leftMs < days * DAY_MS);
  return limit === undefined ? null : `days${limit}`;
}
