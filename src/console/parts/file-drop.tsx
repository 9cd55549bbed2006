import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { showText } from './shown-text.ts';
import { text } from './texts.ts';

/** Takes one file by choosing or dropping it. */
export function FileDrop(props: {
  readonly label: string;
  readonly accept: string;
  /** Larger files are refused before they are read. */
  readonly maxKib?: number;
  readonly onFile: (content: Uint8Array, name: string) => void;
}): JSX.Element {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const maxKib = props.maxKib ?? 256;
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > maxKib * 1024) {
      setError(text('tooLarge', { name: file.name, limit: maxKib }));
      return;
    }
    setError(null);
    setChosen(file.name);
    props.onFile(new Uint8Array(await file.arrayBuffer()), file.name);
  };
  return (
    <fieldset
      class={`file-drop${isOver ? ' file-drop-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void read(event.dataTransfer?.files[0]);
      }}
    >
      <legend class="hidden">{props.label}</legend>
      <label for={id}>
        {props.label}: <span class="link">{text('chooseFile')}</span> {text('dropFile')}
      </label>
      <input
        id={id}
        class="hidden"
        type="file"
        accept={props.accept}
        onInput={(event) => void read(event.currentTarget.files?.[0])}
      />
      {chosen !== null && error === null && <small role="status">{showText(chosen)}</small>}
      {error !== null && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
