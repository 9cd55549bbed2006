import type { ComponentChildren, JSX } from 'preact';
import type { Pages } from '../state/use-pages.ts';
import { Button } from './button.tsx';
import { Empty, RefusalNotice } from './feedback.tsx';
import { text } from './texts.ts';

/** A list that is loaded page by page, with the button for the next page. */
export function PagedList<T>(props: {
  readonly from: Pages<T>;
  readonly children: (items: readonly T[]) => ComponentChildren;
  readonly empty?: ComponentChildren;
}): JSX.Element {
  const { items, hasMore, isLoading, error, loadMore, reload } = props.from;
  return (
    <div class="load" aria-busy={isLoading}>
      {items.length > 0 && props.children(items)}
      <RefusalNotice error={error} />
      {error !== null && <Button onClick={reload}>{text('retry')}</Button>}
      {items.length === 0 && !isLoading && !hasMore && error === null && (
        <Empty>{props.empty}</Empty>
      )}
      {isLoading && <p class="loading">{text('loading')}</p>}
      {hasMore && !isLoading && <Button onClick={loadMore}>{text('more')}</Button>}
    </div>
  );
}
