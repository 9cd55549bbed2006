import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { listWebhooks, type NewWebhook } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { goTo, linkTo } from '../../state/route.ts';
import { mayUse } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import type { PageProps } from '../page-props.ts';
import { WebhookState } from './states.tsx';
import { text } from './texts.ts';
import { WebhookDialog } from './webhook-dialog.tsx';
import { WebhookPage } from './webhook-page.tsx';

/** The receivers of events, and what became of the events. */
export default function Webhooks({ path }: PageProps): JSX.Element {
  const [id] = path;
  return id === undefined ? <ListPage /> : <WebhookPage id={id} />;
}

function ListPage(): JSX.Element {
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const pages = usePages(async (cursor) => {
    const { webhooks, next } = await ask(listWebhooks({ cursor }));
    return { items: webhooks, next };
  }, []);
  return (
    <Page
      title={text('title')}
      actions={
        mayUse('webhooks:Write') && (
          <Button look="primary" onClick={() => setAdding(true)}>
            {text('new')}
          </Button>
        )
      }
    >
      <Panel>
        <PagedList from={pages}>
          {(webhooks) => (
            <Table
              caption={text('title')}
              rows={webhooks}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: text('name'),
                  kind: 'main',
                  cell: ({ id, name, url }) => (
                    <>
                      <a href={linkTo(['webhooks', id])}>{showText(name)}</a>
                      <small class="line code-text">{showText(url)}</small>
                    </>
                  ),
                },
                { title: text('state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
                {
                  title: text('types'),
                  cell: ({ filters }) => filters.types?.join(', ') ?? text('all'),
                },
                { title: text('account'), cell: ({ accountId }) => accountId },
                { title: text('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              ]}
            />
          )}
        </PagedList>
      </Panel>
      {isAdding && (
        <WebhookDialog
          webhook={null}
          onDone={(webhook) => {
            setAdding(false);
            setMade(webhook);
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {made !== null && (
        <SecretDialog
          title={text('new')}
          hint={text('secretHint')}
          secrets={[[text('secret'), made.secret]]}
          onClose={() => goTo(['webhooks', made.id])}
        />
      )}
    </Page>
  );
}
