import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type Authority, getAuthority } from '../../api/client.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { CodeBlock } from '../../parts/copy.tsx';
import { DecodedView } from '../../parts/decoded-certificate.tsx';
import { Load, Notice } from '../../parts/feedback.tsx';
import { History } from '../../parts/history.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { showText } from '../../parts/shown-text.ts';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { linkTo } from '../../state/route.ts';
import { mayAdminister } from '../../state/session.ts';
import { useLoad } from '../../state/use-load.ts';
import { type AuthorityAction, AuthorityDialog } from './authority-dialogs.tsx';
import { ListPanel } from './list-panel.tsx';
import { AuthorityState } from './states.tsx';
import { text } from './texts.ts';

export function AuthorityPage({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoad(() => ask(getAuthority(id)), [id]);
  const [open, setOpen] = useState<AuthorityAction | null>(null);
  const { data } = loaded;
  return (
    <Page
      title={data === undefined ? id : showText(data.name)}
      above={<a href={linkTo(['authorities'])}>{text('title')}</a>}
      actions={
        data !== undefined &&
        listActions(data).map((action) => (
          <Button
            key={action}
            look={action === 'revoke' ? 'danger' : 'plain'}
            onClick={() => setOpen(action)}
          >
            {text(action)}
          </Button>
        ))
      }
    >
      <Load from={loaded}>{(authority) => <Details authority={authority} />}</Load>
      {open !== null && data !== undefined && (
        <AuthorityDialog
          action={open}
          authority={data}
          onDone={() => {
            setOpen(null);
            loaded.reload();
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </Page>
  );
}

function listActions({ state }: Authority): readonly AuthorityAction[] {
  switch (state) {
    case 'active':
      return ['change', 'renew', 'rekey', 'disable', 'revoke'];
    case 'disabled':
      return ['enable', 'revoke'];
    case 'pending':
      return ['upload'];
    case 'revoked':
      return [];
  }
}

function Details({ authority }: { readonly authority: Authority }): JSX.Element {
  const { certificate, request, decoded } = authority;
  return (
    <div class="stack">
      {request !== null && (
        <Panel title={text('request')}>
          <Notice tone="info">
            <p>{text('pendingText')}</p>
          </Notice>
          <CodeBlock label="PEM" value={request} />
        </Panel>
      )}
      <div class="columns">
        <Panel
          title={text('certificate')}
          actions={
            certificate !== null && (
              <div class="buttons">
                <Button
                  onClick={() =>
                    saveFile(`${authority.id}.pem`, certificate, 'application/x-pem-file')
                  }
                >
                  {text('download')}
                </Button>
                {authority.chain.length > 0 && (
                  <Button
                    onClick={() =>
                      saveFile(
                        `${authority.id}-chain.pem`,
                        [certificate, ...authority.chain].join(''),
                        'application/x-pem-file',
                      )
                    }
                  >
                    {text('downloadChain')}
                  </Button>
                )}
                <ButtonLink href={linkTo(['certificates'], { authority: authority.id })}>
                  {text('certificates')}
                </ButtonLink>
              </div>
            )
          }
        >
          <Facts facts={describe(authority)} />
        </Panel>
        <Panel title={text('constraints')}>
          <Facts facts={describeConstraints(authority)} />
        </Panel>
      </div>
      <Panel title={text('generations')}>
        <Table
          caption={text('generations')}
          rows={authority.generations}
          keyOf={(generation) => generation.id}
          columns={[
            { title: text('generation'), kind: 'main', cell: (generation) => generation.id },
            {
              title: text('state'),
              cell: ({ state, current }) => (
                <>
                  <AuthorityState state={state} /> {current && <small>{text('current')}</small>}
                </>
              ),
            },
            {
              title: text('notAfter'),
              cell: ({ notAfter }) => (notAfter === null ? '—' : <Time at={notAfter} />),
            },
            {
              title: text('certificate'),
              cell: ({ certificateUrl }) => <a href={certificateUrl}>{certificateUrl}</a>,
            },
          ]}
        />
      </Panel>
      {certificate !== null && <ListPanel authority={authority} />}
      {decoded !== null && (
        <Panel title={text('decoded')}>
          <DecodedView decoded={decoded} />
        </Panel>
      )}
      {mayAdminister('accounts:Manage') && (
        <Panel title={text('history')}>
          <History target={authority.id} />
        </Panel>
      )}
    </div>
  );
}

type FactList = Parameters<typeof Facts>[0]['facts'];

function describe(authority: Authority): FactList {
  const { subject, parent, notBefore, notAfter, policyId, profiles } = authority;
  return [
    [text('state'), <AuthorityState key="state" state={authority.state} />],
    [text('subject'), subject === null ? '—' : showText(subject)],
    [
      text('parent'),
      parent === null ? (
        authority.chain.length === 0 ? (
          '—'
        ) : (
          text('elsewhere')
        )
      ) : (
        <a key="parent" href={linkTo(['authorities', parent])}>
          {parent}
        </a>
      ),
    ],
    [text('notBefore'), notBefore === null ? '—' : <Time key="from" at={notBefore} />],
    [text('notAfter'), notAfter === null ? '—' : <Time key="to" at={notAfter} />],
    [text('key'), authority.keySource === 'sealed' ? text('keySealed') : authority.keySource],
    [
      text('profiles'),
      profiles === null
        ? text('profilesShared')
        : text('profilesOwn', { names: Object.keys(profiles).join(', ') }),
    ],
    [text('policy'), policyId ?? text('none')],
    [text('acme'), text(authority.acme.externalAccountRequired ? 'yes' : 'no')],
    [text('created'), <Time key="created" at={authority.createdAt} />],
  ];
}

function describeConstraints({ constraints }: Authority): FactList {
  if (constraints === null) return [[text('constraints'), '—']];
  const { pathLength, permittedNames, excludedNames, extendedKeyUsages, policies } = constraints;
  const list = (names: typeof permittedNames, otherwise: string) => {
    const all = [...names.dns, ...names.ip, ...names.email].map(showText);
    return all.length === 0 ? otherwise : all.join(', ');
  };
  return [
    [text('pathLength'), pathLength === null ? text('noLimit') : String(pathLength)],
    [text('permitted'), list(permittedNames, text('any'))],
    [text('excluded'), list(excludedNames, text('none'))],
    [
      text('extendedKeyUsages'),
      extendedKeyUsages.length === 0 ? text('any') : extendedKeyUsages.join(', '),
    ],
    ...(policies.length === 0 ? [] : [['OID', policies.join(', ')] as const]),
  ];
}
