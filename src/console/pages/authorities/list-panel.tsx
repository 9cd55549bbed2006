import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type Authority, getOcspResponder } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { Facts, Panel } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction, useLoad } from '../../state/use-load.ts';
import { type ListState, readList } from './read-list.ts';
import { text } from './texts.ts';

/** The CRL as clients get it, and who signs OCSP responses. */
export function ListPanel({ authority }: { readonly authority: Authority }): JSX.Element {
  const [list, setList] = useState<ListState | null>(null);
  const responders = useLoad(
    async () => (await ask(getOcspResponder(authority.id))).responders,
    [authority.id],
  );
  const check = useAction(async () => setList(await readList(authority.generation)));
  const responder = responders.data?.find(({ generation }) => generation === authority.generation);
  return (
    <Panel
      title={text('list')}
      actions={
        <Button onClick={() => void check.run()} isRunning={check.isRunning}>
          {text('checkList')}
        </Button>
      }
    >
      <RefusalNotice error={check.error ?? responders.error} />
      <Facts
        facts={[
          [
            text('crl'),
            <a key="crl" href={authority.crlUrl}>
              {authority.crlUrl}
            </a>,
          ],
          ...(list === null ? [] : describeList(list)),
          [
            text('ocsp'),
            responder === undefined
              ? text('ocspSelf')
              : text('ocspOwn', { until: responder.notAfter.slice(0, 10) }),
          ],
        ]}
      />
    </Panel>
  );
}

function describeList({ number, entries, thisUpdate, nextUpdate }: ListState) {
  return [
    [text('crlNumber'), number === null ? '—' : String(number)],
    [text('crlEntries'), String(entries)],
    [text('thisUpdate'), <Time key="this" at={thisUpdate} />],
    [text('nextUpdate'), nextUpdate === null ? '—' : <Time key="next" at={nextUpdate} />],
  ] as const;
}
