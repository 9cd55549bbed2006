export interface PageProps {
  /** The parts of the address after the page's own name. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}
