import { MAX_ARC } from './der.ts';

const DOTTED = /^[0-2](?:\.(?:0|[1-9]\d*))+$/;
/** Signet's own limit: real identifiers have about ten arcs. */
const MAX_ARCS = 32;

/** Whether `text` is an object identifier in dotted decimal (X.690 section 8.19). */
export function isObjectIdentifier(text: string): boolean {
  if (text.length > 256 || !DOTTED.test(text)) return false;
  const arcs = text.split('.').map(Number);
  const [root = 0, second = 0] = arcs;
  return (
    arcs.length <= MAX_ARCS &&
    (root === 2 || second < 40) &&
    arcs.every((arc) => arc <= MAX_ARC - 80)
  );
}
