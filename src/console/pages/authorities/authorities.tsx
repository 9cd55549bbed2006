import type { JSX } from 'preact';
import { ask } from '../../api/ask.ts';
import { listAuthorities } from '../../api/client.ts';
import { ButtonLink } from '../../parts/button.tsx';
import { Empty, Load } from '../../parts/feedback.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Time } from '../../parts/time.tsx';
import { readAllPages } from '../../state/read-all-pages.ts';
import { linkTo } from '../../state/route.ts';
import { useLoad } from '../../state/use-load.ts';
import type { PageProps } from '../page-props.ts';
import { AddPage } from './add-page.tsx';
import { AuthorityPage } from './authority-page.tsx';
import { buildTree, type TreeNode } from './build-tree.ts';
import { AuthorityState } from './states.tsx';
import { text } from './texts.ts';

/** The word of the address that no authority has as its id. */
const ADD = 'add';

export default function Authorities({ path }: PageProps): JSX.Element {
  const [id] = path;
  if (id === undefined) return <TreePage />;
  return id === ADD ? <AddPage /> : <AuthorityPage id={id} />;
}

function TreePage(): JSX.Element {
  const loaded = useLoad(
    () =>
      readAllPages(async (cursor) => {
        const { authorities, next } = await ask(listAuthorities({ limit: 100, cursor }));
        return { items: authorities, next };
      }),
    [],
  );
  return (
    <Page
      title={text('title')}
      actions={
        <ButtonLink href={linkTo(['authorities', ADD])} look="primary">
          {text('add')}
        </ButtonLink>
      }
    >
      <Panel>
        <Load from={loaded}>
          {(authorities) =>
            authorities.length === 0 ? <Empty /> : <Tree nodes={buildTree(authorities)} />
          }
        </Load>
      </Panel>
    </Page>
  );
}

function Tree({ nodes }: { readonly nodes: readonly TreeNode[] }): JSX.Element {
  return (
    <ul class="tree">
      {nodes.map(({ authority, below }) => (
        <li key={authority.id}>
          <div class="tree-node">
            <span>
              <a href={linkTo(['authorities', authority.id])}>{showText(authority.name)}</a>{' '}
              <AuthorityState state={authority.state} />
              <small class="line">
                {authority.subject === null ? authority.id : showText(authority.subject)}
              </small>
            </span>
            {authority.notAfter !== null && <Time at={authority.notAfter} />}
          </div>
          {below.length > 0 && <Tree nodes={below} />}
        </li>
      ))}
    </ul>
  );
}
