import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { deleteBinding, type InventoryEntry, putBinding } from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { Empty, RefusalNotice } from '../../parts/feedback.tsx';
import { TextField } from '../../parts/field.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { mayUse } from '../../state/session.ts';
import { useAction } from '../../state/use-load.ts';
import { text } from './texts.ts';

/** What uses a certificate. */
export function Bindings(props: {
  readonly entry: InventoryEntry;
  readonly onChange: () => void;
}): JSX.Element {
  const { id, bindings } = props.entry;
  const [serviceName, setServiceName] = useState('');
  const [resourceId, setResourceId] = useState('');
  const mayChange = mayUse('inventory:Write');
  const bind = useAction(async () => {
    await ask(putBinding(id, { serviceName, resourceId }));
    setServiceName('');
    setResourceId('');
    props.onChange();
  });
  const unbind = useAction(async (named: { serviceName: string; resourceId: string }) => {
    await ask(deleteBinding(id, named));
    props.onChange();
  });
  return (
    <Panel title={text('bindings')}>
      <RefusalNotice error={bind.error ?? unbind.error} />
      {bindings.length === 0 ? (
        <Empty />
      ) : (
        <Table
          caption={text('bindings')}
          rows={bindings}
          keyOf={(binding) => `${binding.serviceName} ${binding.resourceId}`}
          columns={[
            {
              title: text('service'),
              kind: 'main',
              cell: (binding) => showText(binding.serviceName),
            },
            { title: text('resource'), cell: (binding) => showText(binding.resourceId) },
            {
              title: text('unbind'),
              kind: 'actions',
              cell: (binding) =>
                mayChange && (
                  <RowButton
                    action={text('unbind')}
                    name={binding.serviceName}
                    onClick={() =>
                      void unbind.run({
                        serviceName: binding.serviceName,
                        resourceId: binding.resourceId,
                      })
                    }
                  />
                ),
            },
          ]}
        />
      )}
      {bindings.length > 0 && <p class="muted">{text('boundText')}</p>}
      {mayChange && (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void bind.run();
          }}
        >
          <p class="muted">{text('bindHint')}</p>
          <div class="form-row">
            <TextField
              label={text('service')}
              value={serviceName}
              onInput={setServiceName}
              required
            />
            <TextField
              label={text('resource')}
              value={resourceId}
              onInput={setResourceId}
              required
            />
          </div>
          <div class="form-actions">
            <Button type="submit" isRunning={bind.isRunning}>
              {text('bind')}
            </Button>
          </div>
        </form>
      )}
    </Panel>
  );
}
