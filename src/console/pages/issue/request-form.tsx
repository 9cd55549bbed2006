import type { JSX } from 'preact';
import { ask, type Refusal } from '../../api/ask.ts';
import { listAuthorities, listProfiles, type Profile } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { RadioGroup, Select, TextArea, TextField } from '../../parts/field.tsx';
import { FileDrop } from '../../parts/file-drop.tsx';
import { readPem } from '../../parts/read-pem.ts';
import { mayUse } from '../../state/session.ts';
import { useLoad } from '../../state/use-load.ts';
import { KEY_TYPES } from './make-key.ts';
import { text } from './texts.ts';

export interface RequestFields {
  readonly authority: string;
  /** Empty for the usual one. */
  readonly profile: string;
  readonly days: string;
  readonly source: 'make' | 'paste';
  readonly keyType: string;
  readonly names: string;
  readonly subject: string;
  /** PEM. */
  readonly csr: string;
}

export const EMPTY_REQUEST: RequestFields = {
  authority: 'default',
  profile: '',
  days: '',
  source: 'make',
  keyType: 'P-256',
  names: '',
  subject: '',
  csr: '',
};

export function RequestForm(props: {
  readonly fields: RequestFields;
  readonly onChange: (fields: RequestFields) => void;
  readonly onSubmit: () => void;
  readonly isRunning: boolean;
  readonly error: Refusal | null;
}): JSX.Element {
  const { fields } = props;
  const set = (changes: Partial<RequestFields>) => props.onChange({ ...fields, ...changes });
  const fault = (field: string) => (props.error?.field === field ? props.error.message : null);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      <div class="form-row">
        <AuthorityField value={fields.authority} onInput={(authority) => set({ authority })} />
        <ProfileField
          authority={fields.authority}
          value={fields.profile}
          onInput={(profile) => set({ profile })}
        />
        <TextField
          label={text('days')}
          hint={text('daysHint')}
          value={fields.days}
          onInput={(days) => set({ days })}
          inputMode="numeric"
          error={fault('validitySeconds')}
          isOptional
        />
      </div>
      <RadioGroup
        legend={text('source')}
        value={fields.source}
        onInput={(source) => set({ source: source === 'paste' ? 'paste' : 'make' })}
        options={(['make', 'paste'] as const).map((value) => ({
          value,
          label: text(`${value}-label`),
          hint: text(`${value}-hint`),
        }))}
      />
      {fields.source === 'make' ? (
        <>
          <TextArea
            label={text('names')}
            hint={text('namesHint')}
            value={fields.names}
            onInput={(names) => set({ names })}
            rows={4}
            required
          />
          <div class="form-row">
            <TextField
              label={text('subject')}
              hint={text('subjectHint')}
              value={fields.subject}
              onInput={(subject) => set({ subject })}
              isOptional
            />
            <Select
              label={text('keyType')}
              value={fields.keyType}
              onInput={(keyType) => set({ keyType })}
              options={KEY_TYPES.map(({ name }) => ({ value: name, label: name }))}
            />
          </div>
        </>
      ) : (
        <>
          <TextArea
            label={text('csr')}
            value={fields.csr}
            onInput={(csr) => set({ csr })}
            rows={10}
            error={fault('csr')}
            required
          />
          <FileDrop
            label={text('csrFile')}
            accept=".csr,.pem,.der,.p10,.req"
            onFile={(content) => set({ csr: readPem(content, 'CERTIFICATE REQUEST') })}
          />
        </>
      )}
      <RefusalNotice error={props.error} />
      <div class="form-actions">
        <Button type="submit" look="primary" isRunning={props.isRunning}>
          {text('preview')}
        </Button>
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** A caller that may not list the authorities has to know the id. */
function AuthorityField({ value, onInput }: ChoiceProps): JSX.Element {
  const mayList = mayUse('authorities:Manage');
  const { data } = useLoad(
    async () => (mayList ? (await ask(listAuthorities({ limit: 100 }))).authorities : []),
    [mayList],
  );
  const signing = (data ?? []).filter(({ state }) => state === 'active');
  if (signing.length === 0) {
    return <TextField label={text('authority')} value={value} onInput={onInput} required />;
  }
  const options = signing.map(({ id, name }) => ({
    value: id,
    label: name === id ? id : `${name} (${id})`,
  }));
  return <Select label={text('authority')} value={value} onInput={onInput} options={options} />;
}

function ProfileField(props: ChoiceProps & { readonly authority: string }): JSX.Element {
  const { authority } = props;
  const { data } = useLoad(
    async () => (await ask(listProfiles({ authority }))).profiles,
    [authority],
  );
  const options = (data ?? []).map(({ name }) => ({ value: name, label: name }));
  const value = props.value === '' ? DEFAULT_PROFILE : props.value;
  const chosen = data?.find(({ name }) => name === value);
  return (
    <Select
      label={text('profile')}
      hint={chosen === undefined ? undefined : describeProfile(chosen)}
      value={value}
      onInput={props.onInput}
      options={options.length === 0 ? [{ value, label: value }] : options}
    />
  );
}

/** What the API takes if none is named. */
const DEFAULT_PROFILE = 'tls-server-client';

function describeProfile({ validitySeconds, extendedKeyUsages }: Profile): string {
  const days = Math.floor(validitySeconds / 86_400);
  const longest =
    days === 0
      ? text('hours', { count: Math.floor(validitySeconds / 3600) })
      : text('longest', { days });
  return [...extendedKeyUsages, longest].join(', ');
}
