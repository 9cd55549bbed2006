import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type FoundCertificate, searchCertificates } from '../../api/client.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { PagedList } from '../../parts/more.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { linkTo } from '../../state/route.ts';
import { mayUse } from '../../state/session.ts';
import { usePages } from '../../state/use-pages.ts';
import { Filters } from './filters.tsx';
import { RevokeDialog } from './revocation.tsx';
import { StateBadge } from './states.tsx';
import { text } from './texts.ts';

export function SearchPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [selected, setSelected] = useState<ReadonlyMap<string, FoundCertificate>>(new Map());
  const [isRevoking, setRevoking] = useState(false);
  const address = query.toString();
  const pages = usePages(
    async (cursor) => {
      setSelected(new Map());
      const filters = readSearchFilters(query);
      const { certificates, next } = await ask(searchCertificates({ ...filters, cursor }));
      return { items: certificates, next };
    },
    [address],
  );
  const select = (certificate: FoundCertificate, isSelected: boolean) => {
    const changed = new Map(selected);
    if (isSelected) changed.set(keyOf(certificate), certificate);
    else changed.delete(keyOf(certificate));
    setSelected(changed);
  };
  return (
    <Page
      title={text('certificates')}
      actions={
        mayUse('certificates:Issue') && (
          <ButtonLink href={linkTo(['issue'])} look="primary">
            {text('issue')}
          </ButtonLink>
        )
      }
    >
      <Panel>
        <Filters key={address} query={query} />
      </Panel>
      <Panel>
        {selected.size > 0 && (
          <div class="selection" role="status">
            <span>{text('selected', { count: selected.size })}</span>
            <Button look="danger" onClick={() => setRevoking(true)}>
              {text('revoke')}
            </Button>
          </div>
        )}
        <PagedList from={pages}>
          {(certificates) => (
            <Table
              caption={text('found')}
              columns={listColumns(selected, select)}
              rows={certificates}
              keyOf={keyOf}
            />
          )}
        </PagedList>
      </Panel>
      {isRevoking && (
        <RevokeDialog
          certificates={[...selected.values()]}
          onDone={() => {
            setRevoking(false);
            pages.reload();
          }}
          onClose={() => setRevoking(false)}
        />
      )}
    </Page>
  );
}

function keyOf({ serial, authority }: FoundCertificate): string {
  return `${authority} ${serial}`;
}

/** The name that people know a certificate by. */
export function nameOf({ names, subject }: Pick<FoundCertificate, 'names' | 'subject'>): string {
  const name = names[0] ?? (subject === '' ? null : subject);
  return name === null ? text('unnamed') : showText(name);
}

function listColumns(
  selected: ReadonlyMap<string, FoundCertificate>,
  select: (certificate: FoundCertificate, isSelected: boolean) => void,
): Column<FoundCertificate>[] {
  const columns: Column<FoundCertificate>[] = [
    {
      title: text('names'),
      kind: 'main',
      cell: (row) => (
        <>
          <a href={linkTo(['certificates', row.serial], { authority: row.authority })}>
            {nameOf(row)}
          </a>
          {row.names.length > 1 && <small> +{row.names.length - 1}</small>}
          <small class="line">{showText(row.subject)}</small>
        </>
      ),
    },
    { title: text('state'), cell: (row) => <StateBadge state={row.state} /> },
    { title: text('expires'), cell: (row) => <Time at={row.notAfter} /> },
    { title: text('issued'), cell: (row) => <Time at={row.issuedAt} /> },
    { title: text('authority'), cell: (row) => row.authority },
    {
      title: text('profile'),
      cell: (row) => <span class="nowrap">{row.profile ?? row.origin}</span>,
    },
  ];
  if (!mayUse('certificates:Revoke')) return columns;
  return [
    {
      title: text('select'),
      kind: 'actions',
      cell: (row) =>
        (row.state === 'valid' || row.state === 'on-hold') && (
          <input
            type="checkbox"
            class="select-box"
            aria-label={text('selectOne', { name: nameOf(row) })}
            checked={selected.has(keyOf(row))}
            onInput={(event) => select(row, event.currentTarget.checked)}
          />
        ),
    },
    ...columns,
  ];
}

type GivenFilters = NonNullable<Parameters<typeof searchCertificates>[0]>;

const STATES = ['valid', 'expired', 'revoked', 'on-hold'] as const;
const ORIGINS = ['api', 'openssl-ca', 'cas', 'acme', 'import'] as const;
const SORTS = ['-issuedAt', 'issuedAt', '-notAfter', 'notAfter'] as const;

function readSearchFilters(query: URLSearchParams): GivenFilters {
  const read = (name: string) => query.get(name) ?? undefined;
  const choose = <T extends string>(name: string, choices: readonly T[]) =>
    choices.find((choice) => choice === query.get(name));
  return {
    text: read('text'),
    dns: read('dns'),
    ip: read('ip'),
    email: read('email'),
    serial: read('serial'),
    publicKeyId: read('publicKeyId'),
    fingerprint: read('fingerprint'),
    authority: read('authority'),
    profile: read('profile'),
    account: read('account'),
    state: choose('state', STATES),
    origin: choose('origin', ORIGINS),
    sort: choose('sort', SORTS),
    issuedAfter: read('issuedAfter'),
    issuedBefore: read('issuedBefore'),
    expiresAfter: read('expiresAfter'),
    expiresBefore: read('expiresBefore'),
  };
}
