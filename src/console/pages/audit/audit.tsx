import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type AuditEvent, listAuditEvents } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { RefusalNotice } from '../../parts/feedback.tsx';
import { DateField, Select, TextField } from '../../parts/field.tsx';
import { EventTable } from '../../parts/history.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { goTo } from '../../state/route.ts';
import { useAction } from '../../state/use-load.ts';
import { usePages } from '../../state/use-pages.ts';
import type { PageProps } from '../page-props.ts';
import { text } from './texts.ts';
import { VerifyPanel } from './verify-panel.tsx';

type Filters = NonNullable<Parameters<typeof listAuditEvents>[0]>;

const PAGE = 100;
const EXPORT_PAGE = 500;

export default function Audit({ query }: PageProps): JSX.Element {
  const address = query.toString();
  const filters = readFilters(query);
  const pages = usePages(
    async (cursor) => {
      const { events, next } = await readPage(filters, cursor, PAGE);
      return { items: events, next };
    },
    [address],
  );
  return (
    <Page title={text('title')}>
      <VerifyPanel />
      <Panel>
        <FilterForm key={address} query={query} />
      </Panel>
      <Panel title={text('events')} actions={<ExportButton filters={filters} />}>
        <PagedList from={pages}>{(events) => <EventTable events={events} />}</PagedList>
      </Panel>
    </Page>
  );
}

async function readPage(filters: Filters, cursor: string | undefined, limit: number) {
  const after = cursor === undefined ? undefined : Number(cursor);
  const { events, next } = await ask(listAuditEvents({ ...filters, after, limit }));
  return { events, next: next === null ? null : String(next) };
}

function readFilters(query: URLSearchParams): Filters {
  const read = (name: string) => query.get(name) ?? undefined;
  const outcome = query.get('outcome');
  return {
    order: query.get('order') === 'oldest' ? 'oldest' : 'newest',
    target: read('target'),
    actor: read('actor'),
    action: read('action'),
    account: read('account'),
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : undefined,
    since: read('since'),
    until: read('until'),
  };
}

function ExportButton({ filters }: { readonly filters: Filters }): JSX.Element {
  const [count, setCount] = useState(0);
  const action = useAction(async () => {
    const lines: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { events: AuditEvent[]; next: string | null } = await readPage(
        filters,
        cursor,
        EXPORT_PAGE,
      );
      lines.push(...page.events.map((event) => `${JSON.stringify(event)}\n`));
      setCount(lines.length);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    saveFile('audit.ndjson', lines.join(''), 'application/x-ndjson');
  });
  return (
    <div class="buttons">
      {action.isRunning && <span role="status">{text('exported', { count })}</span>}
      {action.error !== null && <RefusalNotice error={action.error} />}
      <Button onClick={() => void action.run()} isRunning={action.isRunning}>
        {text('export')}
      </Button>
    </div>
  );
}

function FilterForm({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(Object.fromEntries(query));
  const value = (name: string) => fields[name] ?? '';
  const set = (name: string) => (given: string) => setFields({ ...fields, [name]: given });
  const setDay = (name: string) => (day: string) => set(name)(day === '' ? '' : `${day}T00:00:00Z`);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        goTo(['audit'], fields);
      }}
    >
      <div class="form-row">
        <TextField
          label={text('action')}
          hint={text('actionHint')}
          value={value('action')}
          onInput={set('action')}
        />
        <TextField
          label={text('target')}
          hint={text('targetHint')}
          value={value('target')}
          onInput={set('target')}
        />
        <TextField
          label={text('actor')}
          hint={text('actorHint')}
          value={value('actor')}
          onInput={set('actor')}
        />
        <TextField label={text('account')} value={value('account')} onInput={set('account')} />
      </div>
      <div class="form-row">
        <DateField
          label={text('from')}
          value={value('since').slice(0, 10)}
          onInput={setDay('since')}
        />
        <DateField
          label={text('until')}
          value={value('until').slice(0, 10)}
          onInput={setDay('until')}
        />
        <Select
          label={text('outcome')}
          value={value('outcome')}
          onInput={set('outcome')}
          options={[
            { value: '', label: text('any') },
            { value: 'done', label: text('done') },
            { value: 'refused', label: text('refused') },
          ]}
        />
        <Select
          label={text('order')}
          value={value('order') === 'oldest' ? 'oldest' : 'newest'}
          onInput={set('order')}
          options={[
            { value: 'newest', label: text('newest') },
            { value: 'oldest', label: text('oldest') },
          ]}
        />
      </div>
      <div class="form-actions">
        <Button type="submit" look="primary">
          {text('show')}
        </Button>
      </div>
    </form>
  );
}
