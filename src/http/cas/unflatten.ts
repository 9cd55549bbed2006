import { SignetError } from '../../errors.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

/** An object, or an array if its names are 1, 2, 3… */
export type Unflattened = { [name: string]: unknown } | unknown[];

const MAX_DEPTH = 8;

/**
 * Restores an object that an SDK flattened into parameters: `A.B.C=1` and `A.D.1=2` make, for the root
 * A, the object { B: { C: '1' }, D: ['2'] }. Null if no name begins with `root.`.
 * @throws SignetError invalid-parameter if the parts contradict each other
 */
export function unflatten(parameters: Parameters, root: string): Unflattened | null {
  const tree = new Map<string, Node>();
  for (const [name, value] of parameters) {
    if (name.startsWith(`${root}.`))
      insert(tree, name.slice(root.length + 1).split('.'), value, root);
  }
  return tree.size === 0 ? null : build(tree, root);
}

type Node = string | Map<string, Node>;

function insert(
  tree: Map<string, Node>,
  path: readonly string[],
  value: string,
  root: string,
): void {
  if (path.length > MAX_DEPTH) throw contradiction(root);
  let at = tree;
  for (const name of path.slice(0, -1)) {
    const next = at.get(name) ?? new Map<string, Node>();
    if (typeof next === 'string') throw contradiction(root);
    at.set(name, next);
    at = next;
  }
  const last = path.at(-1) ?? '';
  if (at.has(last)) throw contradiction(root);
  at.set(last, value);
}

function build(tree: Map<string, Node>, root: string): Unflattened {
  const entries = [...tree].map(([name, node]): [string, unknown] => [
    name,
    typeof node === 'string' ? node : build(node, root),
  ]);
  if (!entries.some(([name]) => /^\d+$/.test(name))) return Object.fromEntries(entries);
  const items = new Map(entries);
  return entries.map((_, index) => {
    const name = String(index + 1);
    if (!items.has(name)) throw contradiction(root);
    return items.get(name);
  });
}

function contradiction(root: string): SignetError {
  return new SignetError(
    'invalid-parameter',
    `The parameters ${root}.… do not make one object. Name each part once, and number lists from 1.`,
    { field: root },
  );
}
