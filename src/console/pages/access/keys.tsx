import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  type AccessKey,
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  type NewAccessKey,
  updateAccessKey,
} from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Badge, RefusalNotice } from '../../parts/feedback.tsx';
import { DateField, TextArea, TextField } from '../../parts/field.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import { Id } from './id.tsx';
import { PolicyField } from './policy-field.tsx';
import { readExpiry, readOptional } from './read-fields.ts';
import { text } from './texts.ts';

export function KeySection(): JSX.Element {
  const [isEditing, setEditing] = useState(false);
  const [edited, setEdited] = useState<AccessKey | null>(null);
  const edit = (key: AccessKey | null) => {
    setEdited(key);
    setEditing(true);
  };
  const [made, setMade] = useState<NewAccessKey | null>(null);
  const [deleting, setDeleting] = useState<AccessKey | null>(null);
  const pages = usePages(async (cursor) => {
    const { accessKeys, next } = await ask(listAccessKeys({ cursor }));
    return { items: accessKeys, next };
  }, []);
  const toggle = useAction(async ({ id, enabled }: AccessKey) => {
    await ask(updateAccessKey(id, { enabled: !enabled }));
    pages.reload();
  });
  return (
    <Panel
      title={text('keys')}
      actions={
        <Button look="primary" onClick={() => edit(null)}>
          {text('newKey')}
        </Button>
      }
    >
      <RefusalNotice error={toggle.error} />
      <PagedList from={pages}>
        {(keys) => (
          <Table
            caption={text('keys')}
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
              { title: text('scopes'), cell: ({ scopes }) => <Scopes scopes={scopes} /> },
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
                title: text('lastUsed'),
                cell: ({ lastUsedAt }) =>
                  lastUsedAt === null ? text('never') : <Time at={lastUsedAt} />,
              },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (key) => (
                  <div class="buttons">
                    <RowButton action={text('edit')} name={key.name} onClick={() => edit(key)} />
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
      {isEditing && (
        <KeyDialog
          edited={edited}
          onDone={(key) => {
            setEditing(false);
            setMade(key);
            pages.reload();
          }}
          onClose={() => setEditing(false)}
        />
      )}
      {made !== null && (
        <SecretDialog
          title={text('newKey')}
          hint={text('secretHint')}
          secrets={[
            ['id', made.id],
            [text('secret'), made.secret],
          ]}
          onClose={() => setMade(null)}
        />
      )}
      {deleting !== null && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deleteAccessKey(deleting.id))}
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

function Scopes({ scopes }: { readonly scopes: readonly string[] }): JSX.Element {
  return (
    <ul class="words">
      {scopes.map((scope) => (
        <li key={scope}>{scope}</li>
      ))}
    </ul>
  );
}

/** Makes an access key, or changes one. */
function KeyDialog(props: {
  readonly edited: AccessKey | null;
  /** Takes a new key with its secret; null after a change. */
  readonly onDone: (made: NewAccessKey | null) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { edited } = props;
  const [name, setName] = useState(edited?.name ?? '');
  const [scopes, setScopes] = useState(
    (edited?.scopes ?? ['certificates:Issue', 'certificates:Read']).join('\n'),
  );
  const [accountId, setAccountId] = useState('');
  const [policyId, setPolicyId] = useState(edited?.policyId ?? '');
  const formerExpires = edited?.expiresAt?.slice(0, 10) ?? '';
  const [expires, setExpires] = useState(formerExpires);
  const { run, isRunning, error } = useAction(async () => {
    const fields = {
      name,
      scopes: scopes.split(/[\s,]+/).filter((scope) => scope !== ''),
      // The field has the day only: what was not changed keeps its time.
      ...(expires === formerExpires ? {} : { expiresAt: readExpiry(expires) }),
    };
    if (edited === null) {
      const owner = { accountId: readOptional(accountId), policyId: readOptional(policyId) };
      props.onDone(await ask(createAccessKey({ ...fields, ...owner })));
    } else {
      await ask(
        updateAccessKey(edited.id, { ...fields, policyId: readOptional(policyId) ?? null }),
      );
      props.onDone(null);
    }
  });
  return (
    <ActionDialog
      title={text(edited === null ? 'newKey' : 'edit')}
      action={text(edited === null ? 'add' : 'save')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <TextArea
        label={text('scopes')}
        hint={text('scopesHint')}
        value={scopes}
        onInput={setScopes}
        rows={4}
        required
      />
      <PolicyField value={policyId} onInput={setPolicyId} isOptional />
      {edited === null && (
        <TextField
          label={text('account')}
          hint={text('accountHint')}
          value={accountId}
          onInput={setAccountId}
          isOptional
        />
      )}
      <DateField
        label={text('expires')}
        hint={text('expiresHint')}
        value={expires}
        onInput={setExpires}
        isOptional
      />
    </ActionDialog>
  );
}
