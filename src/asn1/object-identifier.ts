const DOTTED = /^[0-2](?:\.(?:0|[1-9]\d*))+$/;
/** A limit of ours: real identifiers have some ten arcs. */
const MAX_ARCS = 32;

/** Whether `text` is an object identifier in dotted decimal that DER can hold (X.690 section 8.19). */
export function isObjectIdentifier(text: string): boolean {
  if (text.length > 256 || !DOTTED.test(text)) return false;
  const arcs = text.split('.').map(Number);
  const [root = 0, second = 0] = arcs;
  return (
    arcs.length <= MAX_ARCS &&
    (root === 2 || second < 40) &&
    arcs.every((arc) => arc <= Number.MAX_SAFE_INTEGER - 80)
  );
}
