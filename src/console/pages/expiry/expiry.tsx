import type { JSX } from 'preact';
import { Badge, Empty, Load, Notice, type Tone } from '../../parts/feedback.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { linkTo } from '../../state/route.ts';
import { useLoad } from '../../state/use-load.ts';
import { type Group, groupByExpiry } from './group-by-expiry.ts';
import { loadExpiring } from './load-expiring.ts';
import { text } from './texts.ts';

const TONES: Readonly<Record<Group, Tone>> = {
  expired: 'bad',
  days1: 'bad',
  days7: 'warning',
  days14: 'warning',
  days30: 'info',
  days90: 'neutral',
};

/** Certificates, CAs and inventory entries that expire soon. */
export default function Expiry(): JSX.Element {
  const loaded = useLoad(() => loadExpiring(Date.now()), []);
  return (
    <Page title={text('title')}>
      <Load from={loaded}>
        {({ items, moreCertificates }) => {
          const groups = groupByExpiry(items, Date.now());
          return (
            <div class="stack">
              {groups.length === 0 && <Empty>{text('nothing')}</Empty>}
              {groups.map((each) => (
                <Panel
                  key={each.group}
                  title={text(each.group)}
                  actions={<Badge tone={TONES[each.group]}>{each.items.length}</Badge>}
                >
                  <Table
                    caption={text('list', { when: text(each.group) })}
                    rows={each.items}
                    keyOf={({ kind, id }) => `${kind} ${id}`}
                    columns={[
                      {
                        title: text('name'),
                        kind: 'main',
                        cell: ({ name, href }) => <a href={href}>{name}</a>,
                      },
                      { title: text('kind'), cell: ({ kind }) => text(kind) },
                      { title: text('expires'), cell: ({ notAfter }) => <Time at={notAfter} /> },
                    ]}
                  />
                </Panel>
              ))}
              {moreCertificates !== null && (
                <Notice tone="info">
                  <p>{text('moreCertificates')}</p>
                  <a href={linkTo(['certificates'], moreCertificates)}>{text('showAll')}</a>
                </Notice>
              )}
            </div>
          );
        }}
      </Load>
    </Page>
  );
}
