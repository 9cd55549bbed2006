import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type AuditReport, verifyAudit } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { CodeBlock } from '../../parts/copy.tsx';
import { Notice, RefusalNotice } from '../../parts/feedback.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { useAction } from '../../state/use-load.ts';
import { text } from './texts.ts';

/** What was verified so far: one call verifies a part of the record. */
interface Verified {
  readonly events: number;
  readonly checkpoints: number;
  readonly last: AuditReport;
}

export function VerifyPanel(): JSX.Element {
  const [verified, setVerified] = useState<Verified | null>(null);
  const { run, isRunning, error } = useAction(async () => {
    setVerified(null);
    let events = 0;
    let checkpoints = 0;
    let since: string | undefined;
    let last: AuditReport;
    do {
      last = await ask(verifyAudit({ since }));
      events += last.events;
      checkpoints += last.checkpoints;
      setVerified({ events, checkpoints, last });
      // Without a new checkpoint, the next call would verify the same again.
      if (last.checkpoint === null || last.checkpoint === since) break;
      since = last.checkpoint;
    } while (last.ok && !last.complete);
  });
  return (
    <Panel
      title={text('verifyTitle')}
      actions={
        <Button onClick={() => void run()} isRunning={isRunning}>
          {text('verify')}
        </Button>
      }
    >
      <p class="muted">{text('verifyHint')}</p>
      <RefusalNotice error={error} />
      {verified !== null && <Result verified={verified} />}
    </Panel>
  );
}

function Result({ verified }: { readonly verified: Verified }): JSX.Element {
  const { events, checkpoints, last } = verified;
  return (
    <>
      <Notice tone={last.ok ? 'good' : 'bad'} title={text(last.ok ? 'intact' : 'broken')}>
        <p>{text('verified', { events, checkpoints })}</p>
        {last.firstBadPosition !== null && (
          <p>{text('brokenAt', { position: last.firstBadPosition })}</p>
        )}
        {last.problem !== null && <p>{showText(last.problem)}</p>}
      </Notice>
      {last.checkpoint !== null && <CodeBlock label="checkpoint" value={last.checkpoint} />}
    </>
  );
}
