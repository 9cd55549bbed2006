import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type Account, createAccount, updateAccount } from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../state/use-load.ts';
import { PolicyField } from './policy-field.tsx';
import { readOptional } from './read-fields.ts';
import { readQuota } from './read-quota.ts';
import { text } from './texts.ts';

/** Makes an account, or changes one. */
export function AccountDialog(props: {
  /** null: a new one. */
  readonly account: Account | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { account } = props;
  const [name, setName] = useState(account?.name ?? '');
  const [policyId, setPolicyId] = useState(account?.policyId ?? '');
  const [inventory, setInventory] = useState(String(account?.inventoryQuota ?? ''));
  const [authorities, setAuthorities] = useState(String(account?.authorityQuota ?? ''));
  const { run, isRunning, error } = useAction(async () => {
    const fields = {
      name,
      policyId: readOptional(policyId) ?? null,
      inventoryQuota: readQuota(inventory),
      authorityQuota: readQuota(authorities),
    };
    if (account === null) await ask(createAccount(fields));
    else await ask(updateAccount(account.id, fields));
    props.onDone();
  });
  return (
    <ActionDialog
      title={text(account === null ? 'newAccount' : 'edit')}
      action={text(account === null ? 'add' : 'save')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <PolicyField value={policyId} onInput={setPolicyId} isOptional />
      <div class="form-row">
        <TextField
          label={text('inventoryQuota')}
          hint={text('quotaHint')}
          value={inventory}
          onInput={setInventory}
          inputMode="numeric"
          isOptional
        />
        <TextField
          label={text('authorityQuota')}
          hint={text('quotaHint')}
          value={authorities}
          onInput={setAuthorities}
          inputMode="numeric"
          isOptional
        />
      </div>
    </ActionDialog>
  );
}
