import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  createEabKey,
  deleteEabKey,
  type EabKey,
  listEabKeys,
  type NewEabKey,
  updateEabKey,
} from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Badge, RefusalNotice } from '../../parts/feedback.tsx';
import { Checkbox, DateField, TextField } from '../../parts/field.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayUse } from '../../state/session.ts';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import { Id } from './id.tsx';
import { PolicyField } from './policy-field.tsx';
import { readExpiry, readOptional } from './read-fields.ts';
import { text } from './texts.ts';

export function EabKeySection(): JSX.Element {
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<NewEabKey | null>(null);
  const [deleting, setDeleting] = useState<EabKey | null>(null);
  const mayChange = mayUse('acme:Manage');
  const pages = usePages(async (cursor) => {
    const { eabKeys, next } = await ask(listEabKeys({ cursor }));
    return { items: eabKeys, next };
  }, []);
  const toggle = useAction(async ({ id, enabled }: EabKey) => {
    await ask(updateEabKey(id, { enabled: !enabled }));
    pages.reload();
  });
  return (
    <Panel
      title={text('eabKeys')}
      actions={
        mayChange && (
          <Button look="primary" onClick={() => setAdding(true)}>
            {text('newEabKey')}
          </Button>
        )
      }
    >
      <RefusalNotice error={toggle.error} />
      <PagedList from={pages}>
        {(keys) => (
          <Table
            caption={text('eabKeys')}
            rows={keys}
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
              { title: text('account'), cell: ({ accountId }) => <Id id={accountId} /> },
              { title: text('policy'), cell: ({ policyId }) => <Id id={policyId} /> },
              {
                title: text('state'),
                cell: ({ enabled }) => (
                  <Badge tone={enabled ? 'good' : 'neutral'}>
                    {text(enabled ? 'enabled' : 'disabled')}
                  </Badge>
                ),
              },
              {
                title: text('expires'),
                cell: ({ expiresAt }) =>
                  expiresAt === null ? text('never') : <Time at={expiresAt} />,
              },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (key) =>
                  mayChange && (
                    <div class="buttons">
                      <RowButton
                        action={text(key.enabled ? 'disable' : 'enable')}
                        name={key.name}
                        onClick={() => void toggle.run(key)}
                        isRunning={toggle.isRunning}
                      />
                      <RowButton
                        action={text('delete')}
                        name={key.name}
                        look="danger"
                        onClick={() => setDeleting(key)}
                      />
                    </div>
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {isAdding && (
        <NewEabKeyDialog
          onDone={(key) => {
            setAdding(false);
            setMade(key);
            pages.reload();
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {made !== null && (
        <SecretDialog
          title={text('newEabKey')}
          hint={text('eabKeyHint')}
          secrets={[
            [text('eabKeyId'), made.id],
            [text('eabMacKey'), made.macKey],
          ]}
          onClose={() => setMade(null)}
        />
      )}
      {deleting !== null && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deleteEabKey(deleting.id))}
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

function NewEabKeyDialog(props: {
  readonly onDone: (key: NewEabKey) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState('');
  const [policyId, setPolicyId] = useState('');
  const [accountId, setAccountId] = useState('');
  const [singleUse, setSingleUse] = useState(false);
  const [expires, setExpires] = useState('');
  const { run, isRunning, error } = useAction(async () => {
    const expiresAt = readExpiry(expires);
    const order = { name, policyId: policyId.trim(), singleUse, expiresAt };
    props.onDone(await ask(createEabKey({ ...order, accountId: readOptional(accountId) })));
  });
  return (
    <ActionDialog
      title={text('newEabKey')}
      action={text('add')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <PolicyField value={policyId} onInput={setPolicyId} />
      <TextField
        label={text('account')}
        hint={text('accountHint')}
        value={accountId}
        onInput={setAccountId}
        isOptional
      />
      <DateField
        label={text('expires')}
        hint={text('expiresHint')}
        value={expires}
        onInput={setExpires}
        isOptional
      />
      <Checkbox label={text('singleUse')} checked={singleUse} onInput={setSingleUse} />
    </ActionDialog>
  );
}
