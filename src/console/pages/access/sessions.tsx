import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask, Refusal } from '../../api/ask.ts';
import { listSessions, revokeSession, type SessionSummary } from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Badge } from '../../parts/feedback.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { readAllPages } from '../../state/read-all-pages.ts';
import { mayAdminister, session } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import { Id } from './id.tsx';
import { text } from './texts.ts';

export function SessionSection(): JSX.Element {
  const [ending, setEnding] = useState<SessionSummary | 'others' | null>(null);
  const pages = usePages((cursor) => readPage(cursor), []);
  const close = () => {
    setEnding(null);
    pages.reload();
  };
  return (
    <Panel
      title={text('sessions')}
      actions={
        (pages.hasMore || pages.items.some(isOther)) && (
          <Button look="danger" onClick={() => setEnding('others')}>
            {text('endOthers')}
          </Button>
        )
      }
    >
      <PagedList from={pages}>
        {(sessions) => (
          <Table
            caption={text('sessions')}
            rows={sessions}
            keyOf={({ id }) => id}
            columns={[
              {
                title: text('accessKey'),
                kind: 'main',
                cell: (row) => (
                  <>
                    {nameOf(row)} {!isOther(row) && <Badge tone="info">{text('current')}</Badge>}
                    {row.accessKeyName !== null && (
                      <small class="line code-text">{row.accessKeyId}</small>
                    )}
                  </>
                ),
              },
              { title: text('account'), cell: ({ accountId }) => <Id id={accountId} /> },
              { title: text('since'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              { title: text('lastUsed'), cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
              {
                title: text('from'),
                cell: ({ remoteAddress }) => <Address address={remoteAddress} />,
              },
              { title: text('ends'), cell: ({ expiresAt }) => <Time at={expiresAt} /> },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (row) =>
                  isOther(row) && (
                    <RowButton
                      action={text('end')}
                      name={nameOf(row)}
                      look="danger"
                      onClick={() => setEnding(row)}
                    />
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {ending !== null && (
        <ConfirmDialog
          title={text(ending === 'others' ? 'endOthers' : 'end')}
          action={text(ending === 'others' ? 'endOthers' : 'end')}
          act={ending === 'others' ? endOthers : () => end(ending)}
          onDone={close}
          onClose={close}
        >
          <p>
            {ending === 'others' ? describeOthers() : text('endText', { name: nameOf(ending) })}
          </p>
          <p>{text('endHint')}</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

/** IPv4 stays in one line. IPv6 is too long for it. */
function Address({ address }: { readonly address: string | null }): JSX.Element {
  const isLong = address?.includes(':') === true;
  return <span class={isLong ? undefined : 'nowrap'}>{address ?? '—'}</span>;
}

async function readPage(cursor: string | undefined, limit?: number) {
  const { sessions, next } = await ask(listSessions({ cursor, limit }));
  return { items: sessions, next };
}

/** The session of this page ends by signing out. */
function isOther({ id }: SessionSummary): boolean {
  return id !== session.value?.id;
}

/** The root access key has no name. */
function nameOf({ accessKeyName, accessKeyId }: SessionSummary): string {
  return showText(accessKeyName ?? accessKeyId);
}

function describeOthers(): string {
  return text(mayAdminister('accounts:Manage') ? 'endOthersRootText' : 'endOthersText');
}

async function endOthers(): Promise<void> {
  const all = await readAllPages((cursor) => readPage(cursor, 100));
  for (const each of all.filter(isOther)) await end(each);
}

/** Does nothing if the session has ended meanwhile. */
async function end({ id }: SessionSummary): Promise<void> {
  try {
    await ask(revokeSession(id));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'session-not-found') throw error;
  }
}
