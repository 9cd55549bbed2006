import type { JSX } from 'preact';
import { ask } from '../../api/ask.ts';
import { getAuthority, listAuthorities } from '../../api/client.ts';
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
import { buildTree, findFormerParents, type TreeNode } from './build-tree.ts';
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
  const loaded = useLoad(readTree, []);
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
          {(nodes) => (nodes.length === 0 ? <Empty /> : <Tree nodes={nodes} />)}
        </Load>
      </Panel>
    </Page>
  );
}

async function readTree(): Promise<readonly TreeNode[]> {
  const authorities = await readAllPages(async (cursor) => {
    const { authorities: items, next } = await ask(listAuthorities({ limit: 100, cursor }));
    return { items, next };
  });
  const former = new Map<string, string>();
  for (const generation of findFormerParents(authorities)) {
    // The id of a generation finds its authority, too.
    former.set(generation, (await ask(getAuthority(generation))).id);
  }
  return buildTree(authorities, former);
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
