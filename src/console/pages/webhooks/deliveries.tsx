import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  listWebhookDeliveries,
  replayWebhookDelivery,
  type Webhook,
  type WebhookDelivery,
} from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { Select } from '../../parts/field.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayUse } from '../../state/session.ts';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import { DeliveryState } from './states.tsx';
import { text } from './texts.ts';

const STATES = ['delivered', 'retrying', 'failed'] as const;

/** What became of the events of a webhook. */
export function Deliveries(props: {
  readonly webhook: Webhook;
  /** Id of the newest event that is known to come: a change of it loads the list again. */
  readonly latest: string | null;
}): JSX.Element {
  const { id, enabled } = props.webhook;
  const [state, setState] = useState('');
  const pages = usePages(
    async (cursor) => {
      const { deliveries, next } = await ask(
        listWebhookDeliveries(id, { cursor, state: STATES.find((each) => each === state) }),
      );
      return { items: deliveries, next };
    },
    [id, state, props.latest],
  );
  const replay = useAction(async ({ eventId }: WebhookDelivery) => {
    await ask(replayWebhookDelivery(id, eventId));
    pages.reload();
  });
  return (
    <Panel
      title={text('deliveries')}
      actions={<Button onClick={pages.reload}>{text('reload')}</Button>}
    >
      <Select
        label={text('state')}
        value={state}
        onInput={setState}
        options={[
          { value: '', label: text('all') },
          ...STATES.map((value) => ({ value, label: text(value) })),
        ]}
      />
      <RefusalNotice error={replay.error} />
      <PagedList from={pages}>
        {(deliveries) => (
          <Table
            caption={text('deliveries')}
            rows={deliveries}
            keyOf={({ eventId }) => eventId}
            columns={[
              {
                title: text('event'),
                kind: 'main',
                cell: ({ type, eventId }) => (
                  <>
                    {type}
                    <small class="line code-text">{eventId}</small>
                  </>
                ),
              },
              { title: text('happened'), cell: ({ eventAt }) => <Time at={eventAt} /> },
              {
                title: text('state'),
                cell: (delivery) => (
                  <>
                    <DeliveryState delivery={delivery} />
                    <small class="line">{delivery.error ?? delivery.status}</small>
                  </>
                ),
              },
              {
                title: text('attempts'),
                cell: ({ attempts, lastAttemptAt, nextAttemptAt }) => (
                  <>
                    {attempts}
                    <small class="line">
                      {text('lastAttempt')} <Time at={lastAttemptAt} />
                    </small>
                    {nextAttemptAt !== null && (
                      <small class="line">
                        {text('nextAttempt')} <Time at={nextAttemptAt} />
                      </small>
                    )}
                  </>
                ),
              },
              {
                title: text('replay'),
                kind: 'actions',
                cell: (delivery) =>
                  enabled &&
                  mayUse('webhooks:Write') && (
                    <RowButton
                      action={text('replay')}
                      name={delivery.eventId}
                      onClick={() => void replay.run(delivery)}
                      isRunning={replay.isRunning}
                    />
                  ),
              },
            ]}
          />
        )}
      </PagedList>
    </Panel>
  );
}
