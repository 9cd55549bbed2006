import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageProps } from '../pages/page-props.ts';
import { findHome, mayOpen, PAGES } from '../pages/pages.ts';
import { Notice } from '../parts/feedback.tsx';
import { Page } from '../parts/page.tsx';
import { text as partText } from '../parts/texts.ts';
import { route } from '../state/route.ts';
import { text } from './texts.ts';

/** The page of the current address. */
export function PageView(): JSX.Element {
  const { path, query } = route.value;
  const [name = findHome()?.name, ...rest] = path;
  const entry = PAGES.find((page) => page.name === name);
  const [loaded, setLoaded] = useState<{ name: string; Content: ComponentType<PageProps> } | null>(
    null,
  );
  useEffect(() => {
    let isCurrent = true;
    entry?.load().then(({ default: Content }) => {
      if (isCurrent) setLoaded({ name: entry.name, Content });
    });
    return () => {
      isCurrent = false;
    };
  }, [entry]);
  if (entry === undefined) {
    return (
      <Page title={text('notFoundTitle')}>
        <Notice tone="info">{text('notFound')}</Notice>
      </Page>
    );
  }
  if (!mayOpen(entry)) {
    return (
      <Page title={text(entry.name)}>
        <Notice tone="bad">{text('notPermitted')}</Notice>
      </Page>
    );
  }
  if (loaded?.name !== entry.name) return <p class="loading">{partText('loading')}</p>;
  // Another path is another page, with a state of its own.
  return <loaded.Content key={rest.join('/')} path={rest} query={query} />;
}
