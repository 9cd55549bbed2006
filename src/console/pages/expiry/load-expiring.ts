import { ask } from '../../api/ask.ts';
import { listAuthorities, listInventory, searchCertificates } from '../../api/client.ts';
import { showText } from '../../parts/shown-text.ts';
import { readAllPages } from '../../state/read-all-pages.ts';
import { linkTo } from '../../state/route.ts';
import { mayUse } from '../../state/session.ts';
import type { Expiring } from './group-by-expiry.ts';

export interface LoadedExpiring {
  readonly items: readonly Expiring[];
  /** The filters that find the certificates that are too many for the board; null if there are none. */
  readonly moreCertificates: Readonly<Record<string, string>> | null;
}

const DAY_MS = 86_400_000;
const PAGE = 100;

/** Loads what expires soon, as far as the access key may see it. */
export async function loadExpiring(nowMs: number): Promise<LoadedExpiring> {
  const [certificates, authorities, entries] = await Promise.all([
    mayUse('certificates:Read') ? loadCertificates(nowMs) : { items: [], moreCertificates: null },
    mayUse('authorities:Manage') ? loadAuthorities() : [],
    mayUse('inventory:Read') ? loadEntries() : [],
  ]);
  return {
    items: [...certificates.items, ...authorities, ...entries],
    moreCertificates: certificates.moreCertificates,
  };
}

async function loadCertificates(nowMs: number): Promise<LoadedExpiring> {
  const expiresAfter = formatTime(nowMs);
  const expiresBefore = formatTime(nowMs + 90 * DAY_MS);
  const filters = { state: 'valid', sort: 'notAfter', expiresAfter, expiresBefore } as const;
  const { certificates, next } = await ask(searchCertificates({ ...filters, limit: PAGE }));
  const items = certificates.map(({ serial, authority, names, subject, notAfter }) => ({
    kind: 'certificate' as const,
    id: `${authority} ${serial}`,
    name: showText(names[0] ?? subject),
    href: linkTo(['certificates', serial], { authority }),
    notAfter,
  }));
  return { items, moreCertificates: next === null ? null : filters };
}

async function loadAuthorities(): Promise<Expiring[]> {
  const all = await readAllPages(async (cursor) => {
    const { authorities, next } = await ask(listAuthorities({ limit: PAGE, cursor }));
    return { items: authorities, next };
  });
  return all.flatMap(({ id, name, notAfter, state }) =>
    notAfter === null || state === 'revoked'
      ? []
      : [{ kind: 'ca', id, name: showText(name), href: linkTo(['authorities', id]), notAfter }],
  );
}

async function loadEntries(): Promise<Expiring[]> {
  const all = await readAllPages(async (cursor) => {
    const { certificates, next } = await ask(listInventory({ limit: PAGE, cursor }));
    return { items: certificates, next };
  });
  return all.map(({ id, name, notAfter }) => ({
    kind: 'inventory',
    id,
    name: showText(name),
    href: linkTo(['inventory', id]),
    notAfter,
  }));
}

function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
