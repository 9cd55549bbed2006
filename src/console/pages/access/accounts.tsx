import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type Account, createAccount, deleteAccount, listAccounts } from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { ActionDialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayAdminister } from '../../state/session.ts';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import { Id } from './id.tsx';
import { readOptional } from './read-fields.ts';
import { text } from './texts.ts';

export function AccountSection(): JSX.Element {
  const [isAdding, setAdding] = useState(false);
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
          <Button look="primary" onClick={() => setAdding(true)}>
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
                  mayChange &&
                  account.id !== 'root' && (
                    <RowButton
                      action={text('delete')}
                      name={account.name}
                      look="danger"
                      onClick={() => setDeleting(account)}
                    />
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {isAdding && (
        <NewAccountDialog
          onDone={() => {
            setAdding(false);
            pages.reload();
          }}
          onClose={() => setAdding(false)}
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

function NewAccountDialog(props: {
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState('');
  const [policyId, setPolicyId] = useState('');
  const { run, isRunning, error } = useAction(async () => {
    await ask(createAccount({ name, policyId: readOptional(policyId) }));
    props.onDone();
  });
  return (
    <ActionDialog
      title={text('newAccount')}
      action={text('add')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <TextField
        label={text('policy')}
        hint={text('policyHint')}
        value={policyId}
        onInput={setPolicyId}
        isOptional
      />
    </ActionDialog>
  );
}
