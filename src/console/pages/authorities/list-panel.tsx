import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseCrl } from '../../../x509/status/crl.ts';
import { ask } from '../../api/ask.ts';
import { type Authority, downloadCrl, getOcspResponder } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { Facts, Panel } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction, useLoad } from '../../state/use-load.ts';
import { text } from './texts.ts';

interface ListState {
  readonly number: number | null;
  readonly entries: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
}

/** The CRL as clients get it, and who signs OCSP responses. */
export function ListPanel({ authority }: { readonly authority: Authority }): JSX.Element {
  const [list, setList] = useState<ListState | null>(null);
  const responders = useLoad(
    async () => (await ask(getOcspResponder(authority.id))).responders,
    [authority.id],
  );
  const check = useAction(async () => {
    const file = await ask(downloadCrl(authority.generation));
    const crl = parseCrl(new Uint8Array(await file.arrayBuffer()));
    setList({
      number: crl.number,
      entries: crl.entries.length,
      thisUpdate: toTime(crl.thisUpdateSeconds),
      nextUpdate: crl.nextUpdateSeconds === null ? null : toTime(crl.nextUpdateSeconds),
    });
  });
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

function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
