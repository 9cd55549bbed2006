import type { JSX } from 'preact';
import { ask } from '../../api/ask.ts';
import { listPolicies } from '../../api/client.ts';
import { Select, TextField } from '../../parts/field.tsx';
import { showText } from '../../parts/shown-text.ts';
import { mayUse } from '../../state/session.ts';
import { useLoad } from '../../state/use-load.ts';
import { text } from './texts.ts';

/** As many as one request returns. */
const MAX_POLICIES = 100;

interface PolicyFieldProps {
  /** Id; '' for none. */
  readonly value: string;
  readonly onInput: (policyId: string) => void;
  readonly isOptional?: boolean;
}

/** Chooses a policy from the list. Who may not read it types the id. */
export function PolicyField(props: PolicyFieldProps): JSX.Element {
  return mayUse('policies:Read') ? <PolicySelect {...props} /> : <PolicyId {...props} />;
}

function PolicySelect({ value, onInput, isOptional = false }: PolicyFieldProps): JSX.Element {
  const { data, error } = useLoad(() => ask(listPolicies({ limit: MAX_POLICIES })), []);
  const policies = data?.policies ?? [];
  const isOther = value !== '' && !policies.some(({ id }) => id === value);
  // The list of an account lacks the policies of root, and a long one has further pages.
  if (error !== null || (data !== undefined && data.next !== null)) {
    return <PolicyId value={value} onInput={onInput} isOptional={isOptional} />;
  }
  return (
    <Select
      label={text('policy')}
      hint={text('policyHint')}
      value={value}
      onInput={onInput}
      isOptional={isOptional}
      options={[
        { value: '', label: text('noPolicy') },
        ...(isOther ? [{ value, label: value }] : []),
        ...policies.map(({ id, name }) => ({ value: id, label: `${showText(name)} (${id})` })),
      ]}
    />
  );
}

function PolicyId({ value, onInput, isOptional = false }: PolicyFieldProps): JSX.Element {
  return (
    <TextField
      label={text('policy')}
      hint={text('policyIdHint')}
      value={value}
      onInput={onInput}
      isOptional={isOptional}
      required={!isOptional}
    />
  );
}
