import type { AuthoritySummary } from '../../api/client.ts';

export interface TreeNode {
  readonly authority: AuthoritySummary;
  readonly below: readonly TreeNode[];
}

/**
 * Puts authorities below the ones that issued their certificates. `parent` names a generation: the
 * current one of an authority, or its first, whose id is that of the authority. An authority whose
 * parent is not in the list stands at the top.
 */
export function buildTree(authorities: readonly AuthoritySummary[]): readonly TreeNode[] {
  const known = new Map<string, string>();
  for (const { id, generation } of authorities) {
    known.set(generation, id);
    known.set(id, id);
  }
  const parentOf = ({ id, parent }: AuthoritySummary) => {
    const found = parent === null ? undefined : known.get(parent);
    return found === id ? undefined : found;
  };
  const makeNode = (authority: AuthoritySummary, above: readonly string[]): TreeNode => ({
    authority,
    below: authorities
      .filter((each) => parentOf(each) === authority.id && !above.includes(each.id))
      .map((each) => makeNode(each, [...above, each.id])),
  });
  return authorities
    .filter((authority) => parentOf(authority) === undefined)
    .map((authority) => makeNode(authority, [authority.id]));
}
