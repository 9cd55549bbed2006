import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type AcmeAccount, deactivateAcmeAccount, listAcmeAccounts } from '../../api/client.ts';
import { RowButton } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Badge } from '../../parts/feedback.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { mayUse } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import { Id } from './id.tsx';
import { text } from './texts.ts';

export function AcmeAccountSection(): JSX.Element {
  const [ending, setEnding] = useState<AcmeAccount | null>(null);
  const pages = usePages(async (cursor) => {
    const { acmeAccounts, next } = await ask(listAcmeAccounts({ cursor }));
    return { items: acmeAccounts, next };
  }, []);
  return (
    <Panel title={text('acmeAccounts')}>
      <PagedList from={pages}>
        {(accounts) => (
          <Table
            caption={text('acmeAccounts')}
            rows={accounts}
            keyOf={({ id }) => id}
            columns={[
              { title: 'id', kind: 'main', cell: ({ id }) => id },
              { title: text('account'), cell: ({ accountId }) => <Id id={accountId} /> },
              { title: text('authority'), cell: ({ authority }) => authority },
              { title: text('eabKey'), cell: ({ eabKeyId }) => <Id id={eabKeyId} /> },
              {
                title: text('contacts'),
                cell: ({ contacts }) => contacts.map(showText).join(', ') || text('none'),
              },
              {
                title: text('state'),
                cell: ({ status }) => (
                  <Badge tone={status === 'valid' ? 'good' : 'neutral'}>{text(status)}</Badge>
                ),
              },
              { title: text('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
              {
                title: text('edit'),
                kind: 'actions',
                cell: (account) =>
                  mayUse('acme:Manage') &&
                  account.status === 'valid' && (
                    <RowButton
                      action={text('deactivate')}
                      name={account.id}
                      look="danger"
                      onClick={() => setEnding(account)}
                    />
                  ),
              },
            ]}
          />
        )}
      </PagedList>
      {ending !== null && (
        <ConfirmDialog
          title={text('deactivate')}
          action={text('deactivate')}
          act={() => ask(deactivateAcmeAccount(ending.id))}
          onDone={() => {
            setEnding(null);
            pages.reload();
          }}
          onClose={() => setEnding(null)}
        >
          <p>{text('deactivateText')}</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}
