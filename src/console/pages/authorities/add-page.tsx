import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  createAuthority,
  importAuthority,
  listAuthorities,
  requestAuthority,
} from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { RadioGroup, Select, TextArea, TextField } from '../../parts/field.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { goTo, linkTo } from '../../state/route.ts';
import { useAction, useLoad } from '../../state/use-load.ts';
import { KeyField, PemField, ValidityField } from './authority-dialogs.tsx';
import type { KeyAlgorithm } from './key-algorithms.ts';
import { readNameLimits } from './read-fields.ts';
import { text } from './texts.ts';

const KINDS = ['sub', 'root', 'request', 'import'] as const;
type Kind = (typeof KINDS)[number];

interface Fields {
  readonly kind: Kind;
  readonly name: string;
  readonly subject: string;
  readonly parent: string;
  readonly validity: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly pathLength: string;
  readonly permitted: string;
  readonly excluded: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const EMPTY: Fields = {
  kind: 'sub',
  name: '',
  subject: '',
  parent: 'default',
  validity: '',
  keyAlgorithm: 'P-256',
  pathLength: '',
  permitted: '',
  excluded: '',
  certificate: '',
  privateKey: '',
};

export function AddPage(): JSX.Element {
  const [fields, setFields] = useState(EMPTY);
  const set = (changes: Partial<Fields>) => setFields({ ...fields, ...changes });
  const { run, isRunning, error } = useAction(async () => {
    const { id } = await add(fields);
    goTo(['authorities', id]);
  });
  return (
    <Page title={text('add')} above={<a href={linkTo(['authorities'])}>{text('title')}</a>}>
      <Panel>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <RadioGroup
            legend={text('kind')}
            value={fields.kind}
            onInput={(kind) => set({ kind: KINDS.find((each) => each === kind) ?? 'sub' })}
            options={KINDS.map((kind) => ({
              value: kind,
              label: text(`${kind}Label`),
              hint: text(`${kind}Hint`),
            }))}
          />
          <TextField
            label={text('name')}
            value={fields.name}
            onInput={(name) => set({ name })}
            required
          />
          {fields.kind === 'import' ? (
            <ImportFields fields={fields} set={set} />
          ) : (
            <NewFields fields={fields} set={set} />
          )}
          <RefusalNotice error={error} />
          <div class="form-actions">
            <Button type="submit" look="primary" isRunning={isRunning}>
              {text('add')}
            </Button>
          </div>
        </form>
      </Panel>
    </Page>
  );
}

async function add(fields: Fields): Promise<{ readonly id: string }> {
  const { kind, name, subject, parent, validity, keyAlgorithm, certificate, privateKey } = fields;
  if (kind === 'import') return ask(importAuthority({ name, certificate, privateKey }));
  const limits = {
    name,
    subject,
    keyAlgorithm,
    ...(fields.pathLength.trim() === '' ? {} : { pathLength: Number(fields.pathLength) }),
    permittedNames: readNameLimits(fields.permitted),
    excludedNames: readNameLimits(fields.excluded),
  };
  if (kind === 'request') return ask(requestAuthority(limits));
  return ask(
    createAuthority({
      ...limits,
      parent: kind === 'root' ? null : parent,
      ...(validity.trim() === '' ? {} : { validity: validity.trim() }),
    }),
  );
}

interface PartProps {
  readonly fields: Fields;
  readonly set: (changes: Partial<Fields>) => void;
}

function ImportFields({ fields, set }: PartProps): JSX.Element {
  return (
    <>
      <PemField
        kind="CERTIFICATE"
        label={text('certificatePem')}
        value={fields.certificate}
        onInput={(certificate) => set({ certificate })}
      />
      <PemField
        kind="PRIVATE KEY"
        label={text('importKey')}
        value={fields.privateKey}
        onInput={(privateKey) => set({ privateKey })}
      />
    </>
  );
}

function NewFields({ fields, set }: PartProps): JSX.Element {
  const { data } = useLoad(
    async () => (await ask(listAuthorities({ limit: 100 }))).authorities,
    [],
  );
  const parents = (data ?? []).filter(({ state }) => state === 'active');
  return (
    <>
      <TextField
        label={text('subject')}
        hint={text('subjectHint')}
        value={fields.subject}
        onInput={(subject) => set({ subject })}
        required
      />
      <div class="form-row">
        {fields.kind === 'sub' && (
          <Select
            label={text('parent')}
            value={fields.parent}
            onInput={(parent) => set({ parent })}
            options={parents.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
        <KeyField value={fields.keyAlgorithm} onInput={(keyAlgorithm) => set({ keyAlgorithm })} />
        {fields.kind !== 'request' && (
          <ValidityField value={fields.validity} onInput={(validity) => set({ validity })} />
        )}
        <TextField
          label={text('pathLength')}
          hint={text('pathLengthHint')}
          value={fields.pathLength}
          onInput={(pathLength) => set({ pathLength })}
          inputMode="numeric"
          isOptional
        />
      </div>
      <div class="form-row">
        <TextArea
          label={text('permitted')}
          hint={text('permittedHint')}
          value={fields.permitted}
          onInput={(permitted) => set({ permitted })}
          rows={3}
          isOptional
        />
        <TextArea
          label={text('excluded')}
          value={fields.excluded}
          onInput={(excluded) => set({ excluded })}
          rows={3}
          isOptional
        />
      </div>
    </>
  );
}
