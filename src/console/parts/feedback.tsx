import type { ComponentChildren, JSX } from 'preact';
import type { Refusal } from '../api/ask.ts';
import type { Loaded } from '../state/use-load.ts';
import { Button } from './button.tsx';
import { text } from './texts.ts';

export function Notice(props: {
  readonly tone: 'info' | 'good' | 'warning' | 'bad';
  readonly title?: string | undefined;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`notice notice-${props.tone}`} role={props.tone === 'bad' ? 'alert' : 'status'}>
      {props.title !== undefined && <strong>{props.title}</strong>}
      {props.children}
    </div>
  );
}

/** Shows what the server refused; nothing without an error. */
export function RefusalNotice({ error }: { readonly error: Refusal | null }): JSX.Element | null {
  if (error === null) return null;
  return (
    // Without a status, the server was not asked, or not reached.
    <Notice tone="bad" title={error.status === 0 ? undefined : text('refused')}>
      <p>{error.code === 'unreachable' ? text('unreachable') : error.message}</p>
      {error.requestId !== null && <small>{text('requestId', { id: error.requestId })}</small>}
    </Notice>
  );
}

/** Shows what was loaded, and while and why it is not there. */
export function Load<T>(props: {
  readonly from: Loaded<T>;
  readonly children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, error, isLoading, reload } = props.from;
  return (
    <div class="load" aria-busy={isLoading}>
      <RefusalNotice error={error} />
      {error !== null && <Button onClick={reload}>{text('retry')}</Button>}
      {data !== undefined && props.children(data)}
      {data === undefined && error === null && <p class="loading">{text('loading')}</p>}
    </div>
  );
}

export function Empty({ children }: { readonly children?: ComponentChildren }): JSX.Element {
  return <p class="empty">{children ?? text('empty')}</p>;
}

export type Tone = 'good' | 'warning' | 'bad' | 'neutral' | 'info';

export function Badge(props: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <span class={`badge badge-${props.tone}`}>{props.children}</span>;
}
