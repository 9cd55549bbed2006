import type { AuthoritySummary } from '../../api/client.ts';

export interface TreeNode {
  readonly authority: AuthoritySummary;
  readonly below: readonly TreeNode[];
}

/**
 * Returns the generations that issued a certificate and are neither the current one of an authority nor
 * its first, whose id is that of the authority: an authority that was re-keyed twice has such.
 */
export function findFormerParents(authorities: readonly AuthoritySummary[]): readonly string[] {
  const known = indexGenerations(authorities);
  const parents = new Set(authorities.map(({ parent }) => parent));
  return [...parents].filter((parent): parent is string => parent !== null && !known.has(parent));
}

function indexGenerations(authorities: readonly AuthoritySummary[]): ReadonlyMap<string, string> {
  return new Map(
    authorities.flatMap(
      ({ id, generation }) =>
        [
          [generation, id],
          [id, id],
        ] as const,
    ),
  );
}

/**
 * Puts authorities below the ones that issued their certificates. `parent` names a generation;
 * `former` has the ids of the authorities by those generations that findFormerParents returned. An
 * authority whose parent is not in the list stands at the top.
 */
export function buildTree(
  authorities: readonly AuthoritySummary[],
  former: ReadonlyMap<string, string> = new Map(),
): readonly TreeNode[] {
  const known = new Map([...former, ...indexGenerations(authorities)]);
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
