import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Refusal } from '../api/ask.ts';
import { Button } from './button.tsx';
import { RefusalNotice } from './feedback.tsx';
import { text } from './texts.ts';

/** A modal dialog. The browser keeps the focus inside, closes it with Escape and gives the focus back. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const isRemoved = useRef(false);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => {
      isRemoved.current = true;
      opened?.close();
    };
  }, []);
  // The event comes late. After the removal it would close the dialog that was opened next.
  const onClose = () => {
    if (!isRemoved.current) props.onClose();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A dialog with a form: what the user is about to do, a button that does it, and what was refused. */
export function ActionDialog(props: {
  readonly title: string;
  readonly action: string;
  readonly look?: 'primary' | 'danger';
  readonly isRunning: boolean;
  readonly error: Refusal | null;
  readonly disabled?: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        {props.children}
        <RefusalNotice error={props.error} />
        <div class="form-actions">
          <Button onClick={props.onClose}>{text('cancel')}</Button>
          <Button
            type="submit"
            look={props.look ?? 'primary'}
            isRunning={props.isRunning}
            disabled={props.disabled ?? false}
          >
            {props.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
