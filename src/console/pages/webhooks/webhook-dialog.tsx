import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { createWebhook, type NewWebhook, updateWebhook, type Webhook } from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Checkbox, TextField } from '../../parts/field.tsx';
import { useAction } from '../../state/use-load.ts';
import { EVENT_TYPES, type EventType, isEventType } from './event-types.ts';
import { text } from './texts.ts';

/** A form for a new webhook, or for one that exists. */
export function WebhookDialog(props: {
  readonly webhook: Webhook | null;
  /** @param made the new webhook with its secret; null if one was changed */
  readonly onDone: (made: NewWebhook | null) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { webhook } = props;
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [types, setTypes] = useState<readonly EventType[]>(
    webhook?.filters.types?.filter(isEventType) ?? [],
  );
  const [authorityId, setAuthorityId] = useState(webhook?.filters.authorityId ?? '');
  const [profile, setProfile] = useState(webhook?.filters.profile ?? '');
  const [accountId, setAccountId] = useState(webhook?.filters.accountId ?? '');
  const { run, isRunning, error } = useAction(async () => {
    const filters = {
      types: types.length === 0 ? null : [...types],
      authorityId: readFilter(authorityId),
      profile: readFilter(profile),
      accountId: readFilter(accountId),
    };
    if (webhook === null) {
      props.onDone(await ask(createWebhook({ name, url, filters })));
    } else {
      await ask(updateWebhook(webhook.id, { name, url, filters }));
      props.onDone(null);
    }
  });
  const choose = (type: EventType, isChosen: boolean) =>
    setTypes(isChosen ? [...types, type] : types.filter((each) => each !== type));
  return (
    <ActionDialog
      title={text(webhook === null ? 'new' : 'edit')}
      action={text(webhook === null ? 'add' : 'save')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField label={text('name')} value={name} onInput={setName} required />
      <TextField
        label={text('url')}
        hint={text('urlHint')}
        value={url}
        onInput={setUrl}
        inputMode="url"
        required
      />
      <fieldset class="choices">
        <legend>{text('types')}</legend>
        <p class="field-hint">{text('typesHint')}</p>
        {EVENT_TYPES.map((type) => (
          <Checkbox
            key={type}
            label={type}
            checked={types.includes(type)}
            onInput={(isChosen) => choose(type, isChosen)}
          />
        ))}
      </fieldset>
      <TextField
        label={text('authority')}
        hint={text('authorityHint')}
        value={authorityId}
        onInput={setAuthorityId}
        isOptional
      />
      <TextField
        label={text('profile')}
        hint={text('profileHint')}
        value={profile}
        onInput={setProfile}
        isOptional
      />
      <TextField
        label={text('account')}
        hint={text('accountHint')}
        value={accountId}
        onInput={setAccountId}
        isOptional
      />
    </ActionDialog>
  );
}

function readFilter(typed: string): string | null {
  return typed.trim() === '' ? null : typed.trim();
}
