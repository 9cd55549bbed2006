import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { text } from './texts.ts';

const SHOWN_MS = 2000;

export function CopyButton({ value }: { readonly value: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <Button look="quiet" onClick={() => void copy()}>
      <span role="status">{text(isCopied ? 'copied' : 'copy')}</span>
    </Button>
  );
}

/** A command or another text that the user takes elsewhere. */
export function CodeBlock(props: { readonly label: string; readonly value: string }): JSX.Element {
  return (
    <figure class="code">
      <figcaption>
        {props.label}
        <CopyButton value={props.value} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what has the focus */}
      <pre tabIndex={0}>{props.value}</pre>
    </figure>
  );
}
