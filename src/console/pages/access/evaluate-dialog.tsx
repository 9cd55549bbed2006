import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { evaluatePolicy, type Policy, type PolicyEvaluation } from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Badge } from '../../parts/feedback.tsx';
import { TextArea } from '../../parts/field.tsx';
import { showText } from '../../parts/shown-text.ts';
import { useAction } from '../../state/use-load.ts';
import { readNames } from '../issue/read-names.ts';
import { text } from './texts.ts';

/** Tries names against a policy. */
export function EvaluateDialog(props: {
  readonly policy: Policy;
  readonly onClose: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState('');
  const [result, setResult] = useState<PolicyEvaluation | null>(null);
  const { run, isRunning, error } = useAction(async () => {
    const names = readNames(typed);
    const of = (kind: string) =>
      names.filter((each) => each.kind === kind).map(({ value }) => value);
    const order = { dns: of('dns'), ip: of('ip'), email: of('email'), uri: of('uri') };
    setResult(await ask(evaluatePolicy(props.policy.id, { subject: '', names: order })));
  });
  return (
    <ActionDialog
      title={showText(props.policy.name)}
      action={text('evaluate')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextArea
        label={text('names')}
        hint={text('evaluateHint')}
        value={typed}
        onInput={setTyped}
        rows={4}
        required
      />
      {result !== null && (
        <div role="status" class="stack">
          <Badge tone={result.permitted ? 'good' : 'bad'}>
            {text(result.permitted ? 'allowed' : 'forbidden')}
          </Badge>
          <ul class="changes">
            {result.findings.map(({ rule, name, reason }) => (
              <li key={`${rule} ${name}`}>
                {showText(name)}
                <small class="line">{showText(reason)}</small>
              </li>
            ))}
          </ul>
        </div>
      )}
    </ActionDialog>
  );
}
