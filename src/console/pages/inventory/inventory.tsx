import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { listInventory } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { goTo, linkTo } from '../../state/route.ts';
import { mayUse } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import type { PageProps } from '../page-props.ts';
import { EntryPage } from './entry-page.tsx';
import { EntryState } from './inventory-state.tsx';
import { text } from './texts.ts';
import { UploadDialog } from './upload-dialog.tsx';

export default function Inventory({ path }: PageProps): JSX.Element {
  const [id] = path;
  return id === undefined ? <ListPage /> : <EntryPage id={id} />;
}

function ListPage(): JSX.Element {
  const [isAdding, setAdding] = useState(false);
  const pages = usePages(async (cursor) => {
    const { certificates, next } = await ask(listInventory({ cursor }));
    return { items: certificates, next };
  }, []);
  return (
    <Page
      title={text('title')}
      actions={
        mayUse('inventory:Write') && (
          <Button look="primary" onClick={() => setAdding(true)}>
            {text('add')}
          </Button>
        )
      }
    >
      <Panel>
        <PagedList from={pages}>
          {(entries) => (
            <Table
              caption={text('list')}
              rows={entries}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: text('name'),
                  kind: 'main',
                  cell: ({ id, name, commonName }) => (
                    <>
                      <a href={linkTo(['inventory', id])}>{showText(name)}</a>
                      <small class="line">{showText(commonName)}</small>
                    </>
                  ),
                },
                { title: text('state'), cell: (entry) => <EntryState entry={entry} /> },
                { title: text('type'), cell: ({ type }) => text(type) },
                { title: text('expires'), cell: ({ notAfter }) => <Time at={notAfter} /> },
                {
                  title: text('bindings'),
                  cell: ({ bindings }) =>
                    bindings.length === 0
                      ? text('none')
                      : bindings.map(({ serviceName }) => showText(serviceName)).join(', '),
                },
              ]}
            />
          )}
        </PagedList>
      </Panel>
      {isAdding && (
        <UploadDialog
          replacedId={null}
          onDone={(id) => goTo(['inventory', id])}
          onClose={() => setAdding(false)}
        />
      )}
    </Page>
  );
}
