import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  type Authority,
  disableAuthority,
  enableAuthority,
  rekeyAuthority,
  renewAuthority,
  revokeAuthority,
  updateAuthority,
  uploadAuthorityCertificate,
} from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Checkbox, RadioGroup, Select, TextArea, TextField } from '../../parts/field.tsx';
import { FileDrop } from '../../parts/file-drop.tsx';
import { readPem } from '../../parts/read-pem.ts';
import { useAction } from '../../state/use-load.ts';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './key-algorithms.ts';
import { readProfiles } from './read-fields.ts';
import { text } from './texts.ts';

export type AuthorityAction =
  | 'change'
  | 'disable'
  | 'enable'
  | 'rekey'
  | 'renew'
  | 'revoke'
  | 'upload';

const REASONS = [
  ...(['cessationOfOperation', 'superseded', 'cACompromise'] as const),
  ...(['privilegeWithdrawn', 'unspecified'] as const),
];
type Reason = (typeof REASONS)[number];

interface DialogProps {
  readonly authority: Authority;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function AuthorityDialog({
  action,
  ...props
}: DialogProps & { readonly action: AuthorityAction }): JSX.Element {
  switch (action) {
    case 'change':
      return <ChangeDialog {...props} />;
    case 'rekey':
      return <RekeyDialog {...props} />;
    case 'renew':
      return <RenewDialog {...props} />;
    case 'revoke':
      return <RevokeDialog {...props} />;
    case 'upload':
      return <UploadDialog {...props} />;
    case 'disable':
    case 'enable':
      return <SwitchDialog {...props} action={action} />;
  }
}

function Frame(
  props: DialogProps & {
    readonly action: AuthorityAction;
    readonly act: () => Promise<unknown>;
    readonly children?: ComponentChildren;
  },
): JSX.Element {
  const { run, isRunning, error } = useAction(async () => {
    await props.act();
    props.onDone();
  });
  return (
    <ActionDialog
      title={text(props.action)}
      action={props.action === 'change' ? text('save') : text(props.action)}
      look={props.action === 'revoke' ? 'danger' : 'primary'}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      {props.children}
    </ActionDialog>
  );
}

function SwitchDialog(props: DialogProps & { readonly action: 'disable' | 'enable' }): JSX.Element {
  const { id } = props.authority;
  const isDisable = props.action === 'disable';
  return (
    <Frame {...props} act={() => ask(isDisable ? disableAuthority(id) : enableAuthority(id))}>
      <p>{text(isDisable ? 'disableText' : 'enableText')}</p>
    </Frame>
  );
}

function RenewDialog(props: DialogProps): JSX.Element {
  const [validity, setValidity] = useState('');
  const body = validity.trim() === '' ? {} : { validity: validity.trim() };
  return (
    <Frame {...props} action="renew" act={() => ask(renewAuthority(props.authority.id, body))}>
      <p>{text('renewText')}</p>
      <ValidityField value={validity} onInput={setValidity} />
    </Frame>
  );
}

function RekeyDialog(props: DialogProps): JSX.Element {
  const [validity, setValidity] = useState('');
  const [keyAlgorithm, setKeyAlgorithm] = useState<KeyAlgorithm>('P-256');
  const body = { keyAlgorithm, ...(validity.trim() === '' ? {} : { validity: validity.trim() }) };
  return (
    <Frame {...props} action="rekey" act={() => ask(rekeyAuthority(props.authority.id, body))}>
      <p>{text('rekeyText')}</p>
      <KeyField value={keyAlgorithm} onInput={setKeyAlgorithm} />
      <ValidityField value={validity} onInput={setValidity} />
    </Frame>
  );
}

function RevokeDialog(props: DialogProps): JSX.Element {
  const [reason, setReason] = useState<Reason>('cessationOfOperation');
  const act = () => ask(revokeAuthority(props.authority.id, { reason }));
  return (
    <Frame {...props} action="revoke" act={act}>
      <p>{text('revokeText')}</p>
      <RadioGroup
        legend={text('reason')}
        value={reason}
        onInput={(value) => setReason(REASONS.find((each) => each === value) ?? 'unspecified')}
        options={REASONS.map((each) => ({
          value: each,
          label: text(`reason-${each}`),
          hint: each,
        }))}
      />
    </Frame>
  );
}

function UploadDialog(props: DialogProps): JSX.Element {
  const [certificate, setCertificate] = useState('');
  const act = () => ask(uploadAuthorityCertificate(props.authority.id, { certificate }));
  return (
    <Frame {...props} action="upload" act={act}>
      <PemField
        kind="CERTIFICATE"
        label={text('certificatePem')}
        value={certificate}
        onInput={setCertificate}
      />
    </Frame>
  );
}

function ChangeDialog(props: DialogProps): JSX.Element {
  const { authority } = props;
  const former = authority.profiles === null ? '' : JSON.stringify(authority.profiles, null, 2);
  const [policyId, setPolicyId] = useState(authority.policyId ?? '');
  const [required, setRequired] = useState(authority.acme.externalAccountRequired);
  const [profiles, setProfiles] = useState(former);
  const act = () =>
    ask(
      updateAuthority(authority.id, {
        policyId: policyId.trim() === '' ? null : policyId.trim(),
        acme: { externalAccountRequired: required },
        ...(profiles === former ? {} : { profiles: readProfiles(profiles) }),
      }),
    );
  return (
    <Frame {...props} action="change" act={act}>
      <TextField
        label={text('policy')}
        hint={text('policyHint')}
        value={policyId}
        onInput={setPolicyId}
        isOptional
      />
      <Checkbox label={text('acme')} checked={required} onInput={setRequired} />
      <TextArea
        label={text('profilesJson')}
        hint={text('profilesHint')}
        value={profiles}
        onInput={setProfiles}
        rows={8}
      />
    </Frame>
  );
}

interface FieldProps<Value extends string = string> {
  readonly value: Value;
  readonly onInput: (value: Value) => void;
}

export function ValidityField(props: FieldProps): JSX.Element {
  return <TextField label={text('validity')} hint={text('validityHint')} isOptional {...props} />;
}

export function KeyField({ value, onInput }: FieldProps<KeyAlgorithm>): JSX.Element {
  return (
    <Select
      label={text('keyAlgorithm')}
      value={value}
      onInput={(given) => onInput(KEY_ALGORITHMS.find((each) => each === given) ?? 'P-256')}
      options={KEY_ALGORITHMS.map((each) => ({ value: each, label: each }))}
    />
  );
}

export function PemField({
  kind,
  ...props
}: FieldProps & {
  readonly label: string;
  /** What a file in DER holds. */
  readonly kind: 'CERTIFICATE' | 'PRIVATE KEY';
}): JSX.Element {
  const read = (content: Uint8Array) => props.onInput(readPem(content, kind));
  return (
    <>
      <TextArea {...props} rows={8} required />
      <FileDrop label={props.label} accept=".pem,.crt,.cer,.key,.der" onFile={read} />
    </>
  );
}
