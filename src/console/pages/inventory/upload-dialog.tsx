import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { addInventoryEntry, replaceInventoryEntry } from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Select, TextArea, TextField } from '../../parts/field.tsx';
import { FileDrop } from '../../parts/file-drop.tsx';
import { readPem } from '../../parts/read-pem.ts';
import { useAction } from '../../state/use-load.ts';
import { text } from './texts.ts';

/** Uploads a certificate with its key: a new entry, or in the place of one. */
export function UploadDialog(props: {
  readonly replacedId: string | null;
  readonly onDone: (id: string) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { replacedId } = props;
  const [name, setName] = useState('');
  const [type, setType] = useState<'server' | 'client'>('server');
  const [certificate, setCertificate] = useState('');
  const [privateKey, setPrivateKey] = useState('');
  const { run, isRunning, error } = useAction(async () => {
    const upload = {
      type,
      certificate,
      privateKey: privateKey.trim() === '' ? undefined : privateKey,
    };
    const { id } =
      replacedId === null
        ? await ask(addInventoryEntry({ name, ...upload }))
        : await ask(replaceInventoryEntry(replacedId, upload));
    props.onDone(id);
  });
  return (
    <ActionDialog
      title={text(replacedId === null ? 'add' : 'replace')}
      action={text(replacedId === null ? 'add' : 'replace')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      {replacedId === null ? (
        <TextField
          label={text('name')}
          hint={text('nameHint')}
          value={name}
          onInput={setName}
          required
        />
      ) : (
        <p>{text('replaceText')}</p>
      )}
      <Select
        label={text('type')}
        value={type}
        onInput={(value) => setType(value === 'client' ? 'client' : 'server')}
        options={[
          { value: 'server', label: text('server') },
          { value: 'client', label: text('client') },
        ]}
      />
      <TextArea
        label={text('certificate')}
        value={certificate}
        onInput={setCertificate}
        rows={6}
        required
      />
      <FileDrop
        label={text('certificate')}
        accept=".pem,.crt,.cer,.der"
        onFile={(content) => setCertificate(readPem(content, 'CERTIFICATE'))}
      />
      <TextArea
        label={text('key')}
        hint={text('keyHint')}
        value={privateKey}
        onInput={setPrivateKey}
        rows={6}
        required={type === 'server'}
      />
      <FileDrop
        label={text('key')}
        accept=".pem,.key,.der"
        onFile={(content) => setPrivateKey(readPem(content, 'PRIVATE KEY'))}
      />
    </ActionDialog>
  );
}
