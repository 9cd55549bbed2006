import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from './parts/button.tsx';
import { RefusalNotice } from './parts/feedback.tsx';
import { text as partText } from './parts/texts.ts';
import { Navigation } from './shell/navigation.tsx';
import { PageView } from './shell/page-view.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { text } from './shell/texts.ts';
import { session } from './state/session.ts';
import { resumeSession } from './state/sign-in.ts';
import { useAction } from './state/use-load.ts';

export function App(): JSX.Element {
  const { run, error } = useAction(resumeSession);
  useEffect(() => void run(), []);
  if (session.value === undefined) {
    return (
      <main class="opening">
        {error === null ? (
          <p class="loading">{partText('loading')}</p>
        ) : (
          <>
            <RefusalNotice error={error} />
            <Button onClick={() => void run()}>{partText('retry')}</Button>
          </>
        )}
      </main>
    );
  }
  if (session.value === null) return <SignIn />;
  return (
    <div class="shell">
      {/* A link would change the fragment, which is the address of the page. */}
      <button type="button" class="button skip" onClick={focusContent}>
        {text('skip')}
      </button>
      <Navigation />
      <main id="content" tabIndex={-1}>
        <PageView />
      </main>
    </div>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
