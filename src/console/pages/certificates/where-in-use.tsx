import type { JSX } from 'preact';
import { ask } from '../../api/ask.ts';
import { listInventory } from '../../api/client.ts';
import { Load } from '../../parts/feedback.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { linkTo } from '../../state/route.ts';
import { useLoad } from '../../state/use-load.ts';
import { text } from './texts.ts';

/** The inventory's entries with a certificate, and what they are bound to. */
export function WhereInUse({ fingerprint }: { readonly fingerprint: string }): JSX.Element {
  const loaded = useLoad(() => ask(listInventory({ fingerprint })), [fingerprint]);
  return (
    <Panel title={text('whereInUse')}>
      <Load from={loaded}>
        {({ certificates }) =>
          certificates.length === 0 ? (
            <p class="muted">{text('notKept')}</p>
          ) : (
            <Table
              caption={text('whereInUse')}
              rows={certificates}
              keyOf={(entry) => entry.id}
              columns={[
                {
                  title: text('inUse'),
                  kind: 'main',
                  cell: (entry) => (
                    <a href={linkTo(['inventory', entry.id])}>{showText(entry.name)}</a>
                  ),
                },
                {
                  title: text('usedBy'),
                  cell: (entry) =>
                    entry.bindings.length === 0 ? (
                      text('notBound')
                    ) : (
                      <ul class="names">
                        {entry.bindings.map(({ serviceName, resourceId }) => (
                          <li key={`${serviceName} ${resourceId}`}>
                            {showText(`${serviceName}: ${resourceId}`)}
                          </li>
                        ))}
                      </ul>
                    ),
                },
              ]}
            />
          )
        }
      </Load>
    </Panel>
  );
}
