import type { JSX } from 'preact';
import { text } from './texts.ts';

/** The id of another object, in one line. */
export function Id({ id }: { readonly id: string | null }): JSX.Element {
  return <span class="nowrap">{id ?? text('none')}</span>;
}
