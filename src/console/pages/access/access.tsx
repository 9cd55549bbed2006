import type { JSX } from 'preact';
import { Page } from '../../parts/page.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { linkTo } from '../../state/route.ts';
import { mayUse, type Scope } from '../../state/session.ts';
import type { PageProps } from '../page-props.ts';
import { AccountSection } from './accounts.tsx';
import { AcmeAccountSection } from './acme-accounts.tsx';
import { EabKeySection } from './eab-keys.tsx';
import { KeySection } from './keys.tsx';
import { PolicySection } from './policies.tsx';
import { SessionSection } from './sessions.tsx';
import { text } from './texts.ts';

const SECTIONS = [
  { name: 'keys', scopes: ['accounts:Manage'], Section: KeySection },
  { name: 'accounts', scopes: ['accounts:Manage'], Section: AccountSection },
  { name: 'policies', scopes: ['policies:Read', 'policies:Manage'], Section: PolicySection },
  { name: 'eabKeys', scopes: ['acme:Read', 'acme:Manage'], Section: EabKeySection },
  { name: 'acmeAccounts', scopes: ['acme:Read', 'acme:Manage'], Section: AcmeAccountSection },
  { name: 'sessions', scopes: ['accounts:Manage'], Section: SessionSection },
] as const satisfies readonly {
  name: string;
  scopes: readonly Scope[];
  Section: () => JSX.Element;
}[];

/** Who may do what: accounts and what acts for them. */
export default function Access({ path }: PageProps): JSX.Element {
  const seen = SECTIONS.filter(({ scopes }) => scopes.some(mayUse));
  const open = seen.find(({ name }) => name === path[0]) ?? seen[0];
  return (
    <Page title={text('title')}>
      <Tabs
        label={text('sections')}
        tabs={seen.map(({ name }) => ({
          label: text(name),
          href: linkTo(['access', name]),
          isOpen: name === open?.name,
        }))}
      />
      {open !== undefined && <open.Section />}
    </Page>
  );
}
