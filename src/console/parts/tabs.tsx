import type { JSX } from 'preact';

/** Links to the sections of a page. */
export function Tabs(props: {
  readonly label: string;
  readonly tabs: readonly {
    readonly label: string;
    readonly href: string;
    readonly isOpen: boolean;
  }[];
}): JSX.Element {
  return (
    <nav class="tabs" aria-label={props.label}>
      {props.tabs.map(({ label, href, isOpen }) => (
        <a key={href} href={href} aria-current={isOpen ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
