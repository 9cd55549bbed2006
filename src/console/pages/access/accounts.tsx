import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type Account, deleteAccount, listAccounts } from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayAdminister } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import { AccountDialog } from './account-dialog.tsx';
import { Id } from './id.tsx';
import { text } from './texts.ts';

export function AccountSection(): JSX.Element {
  const [editing, setEditing] = useState<Account | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Account | null>(null);
  const mayChange = mayAdminister('accounts:Manage');
  const pages = usePages(async (cursor) => {
    const { accounts, next } = await ask(listAccounts({ cursor }));
    return { items: accounts, next };
  }, []);
  return (
    <Panel
      title={text('accounts')}
      actions={
        mayChange && (
          <Button look="primary" onClick={() => setEditing('new')}>
            {text('newAccount')}
          </Button>
        )
      }
    >
      <PagedList from={pages}>
        {(accounts) => (
          <Table
            caption={text('accounts')}
            rows={accounts}
            keyOf={({ id }) => id}
            columns={[
              {
                title: text('name'),
                kind: 'main',
                cell: ({ name, id }) => (
                  <>
                    {showText(name)}
                    <small class="line code-text">{id}</small>
                  </>
                ),
              },
              { title: text('policy'), cell: ({ policyId }) => <Id id={policyId} /> },
              { title: text('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (account) =>
                  mayChange && (
                    <div class="buttons">
                      <RowButton
                        action={text('edit')}
                        name={account.name}
                        onClick={() => setEditing(account)}
                      />
                      {account.id !== 'root' && (
                        <RowButton
                          action={text('delete')}
                          name={account.name}
                          look="danger"
                          onClick={() => setDeleting(account)}
                        />
                      )}
                    </div>
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {editing !== null && (
        <AccountDialog
          account={editing === 'new' ? null : editing}
          onDone={() => {
            setEditing(null);
            pages.reload();
          }}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting !== null && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deleteAccount(deleting.id))}
          onDone={() => {
            setDeleting(null);
            pages.reload();
          }}
          onClose={() => setDeleting(null)}
        >
          <p>{text('deleteText', { name: showText(deleting.name) })}</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}
