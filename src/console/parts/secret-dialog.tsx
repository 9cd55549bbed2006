import type { JSX } from 'preact';
import { Button } from './button.tsx';
import { CodeBlock } from './copy.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './feedback.tsx';
import { text } from './texts.ts';

/** Shows what is shown only once. */
export function SecretDialog(props: {
  readonly title: string;
  readonly hint: string;
  readonly secrets: readonly (readonly [label: string, value: string])[];
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <Notice tone="warning">
        <p>{props.hint}</p>
      </Notice>
      {props.secrets.map(([label, value]) => (
        <CodeBlock key={label} label={label} value={value} />
      ))}
      <div class="form-actions">
        <Button onClick={props.onClose}>{text('close')}</Button>
      </div>
    </Dialog>
  );
}
