import { computed, signal } from '@preact/signals';

/**
 * The address of a page, kept in the fragment of the URL: `#/certificates?dns=a.example`. The server
 * gets no fragment, so a plain file server can serve the console, and a search leaves no trace in its
 * log.
 */
export interface Route {
  /** The parts between slashes, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split(/\?(.*)/s);
  return {
    path: path.split('/').filter(Boolean).map(decodePart),
    query: new URLSearchParams(query),
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The link to a page. Fields that are null, undefined or empty are left out of the query. */
export function linkTo(
  path: readonly string[],
  query: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const fields = Object.entries(query).filter(
    (entry): entry is [string, string] => (entry[1] ?? '') !== '',
  );
  const search = new URLSearchParams(fields).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

const fragment = signal(location.hash);
addEventListener('hashchange', () => {
  fragment.value = location.hash;
});

export const route = computed(() => parseRoute(fragment.value));

export function goTo(
  path: readonly string[],
  query: Readonly<Record<string, string | null | undefined>> = {},
): void {
  location.hash = linkTo(path, query);
}

/** Changes the query of this page without a new entry in the browser's history. */
export function replaceQuery(query: Readonly<Record<string, string | null | undefined>>): void {
  history.replaceState(null, '', linkTo(route.value.path, query));
  fragment.value = location.hash;
}
