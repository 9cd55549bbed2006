import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  createPolicy,
  deletePolicy,
  listPolicies,
  type Policy,
  updatePolicy,
} from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Checkbox, TextArea, TextField } from '../../parts/field.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayUse } from '../../state/session.ts';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import { EvaluateDialog } from './evaluate-dialog.tsx';
import { Id } from './id.tsx';
import { text } from './texts.ts';
import { writeRules } from './write-rules.ts';

type Open =
  | { readonly what: 'add' }
  | { readonly what: 'delete' | 'edit' | 'evaluate'; readonly policy: Policy };

export function PolicySection(): JSX.Element {
  const [open, setOpen] = useState<Open | null>(null);
  const mayChange = mayUse('policies:Manage');
  const pages = usePages(async (cursor) => {
    const { policies, next } = await ask(listPolicies({ cursor }));
    return { items: policies, next };
  }, []);
  const close = () => setOpen(null);
  const finish = () => {
    close();
    pages.reload();
  };
  return (
    <Panel
      title={text('policies')}
      actions={
        mayChange && (
          <Button look="primary" onClick={() => setOpen({ what: 'add' })}>
            {text('newPolicy')}
          </Button>
        )
      }
    >
      <PagedList from={pages}>
        {(policies) => (
          <Table
            caption={text('policies')}
            rows={policies}
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
              { title: text('names'), cell: ({ rules }) => describeNames(rules.dnsNames) },
              { title: text('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (policy) => (
                  <div class="buttons">
                    <RowButton
                      action={text('evaluate')}
                      name={policy.name}
                      onClick={() => setOpen({ what: 'evaluate', policy })}
                    />
                    {mayChange && (
                      <>
                        <RowButton
                          action={text('edit')}
                          name={policy.name}
                          onClick={() => setOpen({ what: 'edit', policy })}
                        />
                        <RowButton
                          action={text('delete')}
                          name={policy.name}
                          look="danger"
                          onClick={() => setOpen({ what: 'delete', policy })}
                        />
                      </>
                    )}
                  </div>
                ),
              },
            ]}
          />
        )}
      </PagedList>
      {open?.what === 'add' && <NewPolicyDialog onDone={finish} onClose={close} />}
      {open?.what === 'edit' && <EditDialog policy={open.policy} onDone={finish} onClose={close} />}
      {open?.what === 'evaluate' && <EvaluateDialog policy={open.policy} onClose={close} />}
      {open?.what === 'delete' && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deletePolicy(open.policy.id))}
          onDone={finish}
          onClose={close}
        >
          <p>{text('deleteText', { name: showText(open.policy.name) })}</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function describeNames(names: Policy['rules']['dnsNames']): string {
  if (names === 'any') return '*';
  if (names.length === 0) return text('none');
  return names
    .map(({ name, match }) => showText(match === 'exact' ? name : `*.${name}`))
    .join(', ');
}

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function NewPolicyDialog(props: DialogProps): JSX.Element {
  const [name, setName] = useState('');
  const [dnsNames, setDnsNames] = useState('');
  const [ipRanges, setIpRanges] = useState('');
  const [wildcards, setWildcards] = useState(false);
  const [isPreauthorized, setPreauthorized] = useState(false);
  const { run, isRunning, error } = useAction(async () => {
    const rules = writeRules({ dnsNames, wildcards, ipRanges, isPreauthorized });
    await ask(createPolicy({ name, rules }));
    props.onDone();
  });
  return (
    <ActionDialog
      title={text('newPolicy')}
      action={text('add')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <TextArea
        label={text('suffixes')}
        hint={text('suffixHint')}
        value={dnsNames}
        onInput={setDnsNames}
        rows={4}
      />
      <Checkbox label={text('wildcards')} checked={wildcards} onInput={setWildcards} />
      <TextArea
        label={text('addresses')}
        hint={text('addressHint')}
        value={ipRanges}
        onInput={setIpRanges}
        rows={3}
      />
      <Checkbox
        label={text('preauthorized')}
        checked={isPreauthorized}
        onInput={setPreauthorized}
      />
    </ActionDialog>
  );
}

function EditDialog({
  policy,
  onDone,
  onClose,
}: DialogProps & { readonly policy: Policy }): JSX.Element {
  const [name, setName] = useState(policy.name);
  const [json, setJson] = useState(JSON.stringify(policy.rules, null, 2));
  const { run, isRunning, error } = useAction(async () => {
    await ask(updatePolicy(policy.id, { name, rules: readRules(json) }));
    onDone();
  });
  return (
    <ActionDialog
      title={text('edit')}
      action={text('save')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <TextArea label={text('json')} value={json} onInput={setJson} rows={16} required />
    </ActionDialog>
  );
}

function readRules(json: string): object {
  let rules: unknown;
  try {
    rules = JSON.parse(json);
  } catch {
    throw new Error(text('wrongJson'));
  }
  if (typeof rules === 'object' && rules !== null) return rules;
  throw new Error(text('wrongJson'));
}
