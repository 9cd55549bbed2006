import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type AuthoritySummary, listAuthorities } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { Badge, RefusalNotice } from '../../parts/feedback.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { readAllPages } from '../../state/read-all-pages.ts';
import { linkTo } from '../../state/route.ts';
import { useAction } from '../../state/use-load.ts';
import { type ListState, readList } from '../authorities/read-list.ts';
import { isOverdue } from './is-overdue.ts';
import { text } from './texts.ts';

interface Row {
  readonly authority: AuthoritySummary;
  readonly list: ListState;
}

/** The CRL of each authority. They can be long, so they are read when asked for. */
export function Lists(): JSX.Element {
  const [rows, setRows] = useState<readonly Row[]>([]);
  const { run, isRunning, error } = useAction(async () => {
    const authorities = await readAllPages(async (cursor) => {
      const { authorities: items, next } = await ask(listAuthorities({ limit: 100, cursor }));
      return { items, next };
    });
    const read: Row[] = [];
    for (const authority of authorities) {
      // Without a certificate there is no list.
      if (authority.notAfter === null) continue;
      read.push({ authority, list: await readList(authority.generation) });
      setRows([...read]);
    }
  });
  return (
    <Panel
      title={text('lists')}
      actions={
        <Button onClick={() => void run()} isRunning={isRunning}>
          {text('readLists')}
        </Button>
      }
    >
      <p class="muted">{text('listsHint')}</p>
      <RefusalNotice error={error} />
      {rows.length > 0 && <ListTable rows={rows} />}
    </Panel>
  );
}

function ListTable({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  return (
    <Table
      caption={text('lists')}
      rows={rows}
      keyOf={({ authority }) => authority.id}
      columns={[
        {
          title: text('listOf'),
          kind: 'main',
          cell: ({ authority }) => (
            <a href={linkTo(['authorities', authority.id])}>{showText(authority.name)}</a>
          ),
        },
        {
          title: text('listState'),
          cell: ({ list }) => (
            <Badge tone={isOverdue(list, Date.now()) ? 'bad' : 'good'}>
              {text(isOverdue(list, Date.now()) ? 'overdue' : 'fresh')}
            </Badge>
          ),
        },
        { title: text('listNumber'), cell: ({ list }) => list.number ?? '—' },
        { title: text('listEntries'), cell: ({ list }) => list.entries },
        { title: text('thisUpdate'), cell: ({ list }) => <Time at={list.thisUpdate} /> },
        {
          title: text('nextUpdate'),
          cell: ({ list }) => (list.nextUpdate === null ? '—' : <Time at={list.nextUpdate} />),
        },
      ]}
    />
  );
}
