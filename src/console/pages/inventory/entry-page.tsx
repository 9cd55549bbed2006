import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  deleteInventoryEntry,
  getInventoryEntry,
  getInventoryPrivateKey,
  type InventoryEntry,
  renameInventoryEntry,
} from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { CodeBlock } from '../../parts/copy.tsx';
import { ActionDialog } from '../../parts/dialog.tsx';
import { Load } from '../../parts/feedback.tsx';
import { TextField } from '../../parts/field.tsx';
import { History } from '../../parts/history.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { showText } from '../../parts/shown-text.ts';
import { Time } from '../../parts/time.tsx';
import { goTo, linkTo } from '../../state/route.ts';
import { mayAdminister, mayUse } from '../../state/session.ts';
import { useAction, useLoad } from '../../state/use-load.ts';
import { Bindings } from './bindings.tsx';
import { EntryState } from './inventory-state.tsx';
import { text } from './texts.ts';
import { UploadDialog } from './upload-dialog.tsx';

type Open = 'delete' | 'readKey' | 'rename' | 'replace';

const PEM = 'application/x-pem-file';

export function EntryPage({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoad(() => ask(getInventoryEntry(id)), [id]);
  const [open, setOpen] = useState<Open | null>(null);
  const { data } = loaded;
  const close = () => setOpen(null);
  const finish = () => {
    close();
    loaded.reload();
  };
  return (
    <Page
      title={data === undefined ? id : showText(data.name)}
      above={<a href={linkTo(['inventory'])}>{text('title')}</a>}
      actions={
        data !== undefined &&
        listActions(data).map((action) => (
          <Button
            key={action}
            look={action === 'delete' ? 'danger' : 'plain'}
            onClick={() => setOpen(action)}
          >
            {text(action)}
          </Button>
        ))
      }
    >
      <Load from={loaded}>
        {(entry) => (
          <div class="stack">
            <div class="columns">
              <Panel title={text('state')}>
                <Facts facts={describe(entry)} />
              </Panel>
              <Panel title={text('download')}>
                <div class="buttons">
                  <Button onClick={() => saveFile(`${entry.name}.pem`, entry.certificate, PEM)}>
                    PEM
                  </Button>
                  <Button
                    onClick={() =>
                      saveFile(
                        `${entry.name}-chain.pem`,
                        [entry.certificate, ...entry.chain].join(''),
                        PEM,
                      )
                    }
                  >
                    PEM + CA
                  </Button>
                </div>
                <CodeBlock label="PEM" value={entry.certificate} />
              </Panel>
            </div>
            <Bindings entry={entry} onChange={loaded.reload} />
            {mayAdminister('accounts:Manage') && (
              <Panel title={text('history')}>
                <History target={entry.id} />
              </Panel>
            )}
          </div>
        )}
      </Load>
      {data !== undefined && open === 'rename' && (
        <RenameDialog entry={data} onDone={finish} onClose={close} />
      )}
      {open === 'replace' && <UploadDialog replacedId={id} onDone={finish} onClose={close} />}
      {data !== undefined && open === 'readKey' && (
        <ConfirmDialog
          title={text('readKey')}
          action={text('readKey')}
          act={async () => {
            const key = await ask(getInventoryPrivateKey(id));
            saveFile(`${data.name}.key.pem`, key, PEM);
          }}
          onDone={finish}
          onClose={close}
        >
          <p>{text('readKeyText')}</p>
        </ConfirmDialog>
      )}
      {data !== undefined && open === 'delete' && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deleteInventoryEntry(id))}
          onDone={() => goTo(['inventory'])}
          onClose={close}
        >
          <p>{text('deleteText', { name: showText(data.name) })}</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function listActions({ hasPrivateKey, expired, inUse }: InventoryEntry): Open[] {
  const mayWrite = mayUse('inventory:Write');
  return [
    ...(mayWrite ? (['rename'] as const) : []),
    ...(mayWrite && expired && !inUse ? (['replace'] as const) : []),
    ...(hasPrivateKey && mayUse('inventory:ReadPrivateKey') ? (['readKey'] as const) : []),
    ...(!inUse && mayUse('inventory:Delete') ? (['delete'] as const) : []),
  ];
}

function describe(entry: InventoryEntry): Parameters<typeof Facts>[0]['facts'] {
  const names = [...entry.dnsNames, ...entry.ipAddresses].map(showText);
  return [
    [text('state'), <EntryState key="state" entry={entry} />],
    [text('subject'), showText(entry.commonName)],
    [text('names'), names.length === 0 ? text('none') : names.join(', ')],
    [text('type'), text(entry.type)],
    [text('origin'), text(`origin-${entry.origin}`)],
    [text('from'), <Time key="from" at={entry.notBefore} />],
    [text('expires'), <Time key="to" at={entry.notAfter} />],
    [
      text('fingerprint'),
      <span key="fingerprint" class="code-text">
        {entry.fingerprint}
      </span>,
    ],
    [text('key'), text(entry.hasPrivateKey ? 'keyStored' : 'keyNone')],
  ];
}

function RenameDialog(props: {
  readonly entry: InventoryEntry;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [name, setName] = useState(props.entry.name);
  const { run, isRunning, error } = useAction(async () => {
    await ask(renameInventoryEntry(props.entry.id, { name }));
    props.onDone();
  });
  return (
    <ActionDialog
      title={text('rename')}
      action={text('rename')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <TextField
        label={text('name')}
        hint={text('nameHint')}
        value={name}
        onInput={setName}
        required
      />
    </ActionDialog>
  );
}
