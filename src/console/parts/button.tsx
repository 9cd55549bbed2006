import type { ComponentChildren, JSX } from 'preact';
import { showText } from './shown-text.ts';
import { text } from './texts.ts';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  /** Default: 'button'. */
  readonly type?: 'button' | 'submit';
  readonly look?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly isRunning?: boolean;
  readonly disabled?: boolean;
  /** For a button that shows no text of its own. */
  readonly label?: string;
}

export function Button({
  children,
  onClick,
  type = 'button',
  look = 'plain',
  isRunning = false,
  disabled = false,
  label,
}: ButtonProps): JSX.Element {
  return (
    <button
      type={type}
      class={`button button-${look}`}
      onClick={onClick}
      disabled={disabled}
      aria-disabled={isRunning}
      aria-busy={isRunning}
      aria-label={label}
    >
      {children}
    </button>
  );
}

/** A button in a row of a table: its name says what it is for, too. */
export function RowButton({
  action,
  name,
  ...props
}: Omit<ButtonProps, 'children' | 'label'> & {
  readonly action: string;
  readonly name: string;
}): JSX.Element {
  return (
    <Button {...props} label={text('actOn', { action, name: showText(name) })}>
      {action}
    </Button>
  );
}

/** A link that looks like a button. It leads to another page; a button does something. */
export function ButtonLink(props: {
  readonly href: string;
  readonly children: ComponentChildren;
  readonly look?: 'primary' | 'plain' | 'quiet';
  /** The name of the file to save. */
  readonly download?: string;
}): JSX.Element {
  return (
    <a class={`button button-${props.look ?? 'plain'}`} href={props.href} download={props.download}>
      {props.children}
    </a>
  );
}
