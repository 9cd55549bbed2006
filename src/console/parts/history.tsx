import type { JSX } from 'preact';
import { ask } from '../api/ask.ts';
import { type AuditEvent, listAuditEvents } from '../api/client.ts';
import { usePages } from '../state/use-pages.ts';
import { Badge } from './feedback.tsx';
import { PagedList } from './more.tsx';
import { showText } from './shown-text.ts';
import { Table } from './table.tsx';
import { text } from './texts.ts';
import { Time } from './time.tsx';

/** What was done to one object, newest first. */
export function History({ target }: { readonly target: string }): JSX.Element {
  const pages = usePages(
    async (cursor) => {
      const after = cursor === undefined ? undefined : Number(cursor);
      const { events, next } = await ask(listAuditEvents({ target, order: 'newest', after }));
      return { items: events, next: next === null ? null : String(next) };
    },
    [target],
  );
  return <PagedList from={pages}>{(events) => <EventTable events={events} />}</PagedList>;
}

export function EventTable({ events }: { readonly events: readonly AuditEvent[] }): JSX.Element {
  return (
    <Table
      caption={text('events')}
      rows={events}
      keyOf={({ position }) => String(position)}
      columns={[
        { title: text('action'), kind: 'main', cell: ({ action }) => showText(action) },
        { title: text('at'), cell: ({ at }) => <Time at={at} /> },
        { title: text('actor'), cell: ({ actor }) => showText(actor) },
        {
          title: text('outcome'),
          cell: ({ outcome }) => (
            <Badge tone={outcome === 'refused' ? 'bad' : 'neutral'}>
              {text(outcome === 'refused' ? 'outcome-refused' : 'done')}
            </Badge>
          ),
        },
        { title: text('from'), cell: ({ remoteAddress }) => remoteAddress ?? '—' },
      ]}
    />
  );
}
