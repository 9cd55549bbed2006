import type { ComponentChildren, JSX } from 'preact';
import { useAction } from '../state/use-load.ts';
import { ActionDialog } from './dialog.tsx';

/** Asks before something is done that cannot be undone, does it, and shows what was refused. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly action: string;
  readonly act: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { run, isRunning, error } = useAction(async () => {
    await props.act();
    props.onDone();
  });
  return (
    <ActionDialog
      title={props.title}
      action={props.action}
      look="danger"
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      {props.children}
    </ActionDialog>
  );
}
