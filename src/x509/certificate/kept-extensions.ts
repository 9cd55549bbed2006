/** Extensions that repeat from certificate to certificate, by their type and content. */
const kept = new Map<string, Uint8Array>();
const MAX_KEPT = 1000;

/**
 * Encodes an extension through the schema once and returns the same bytes afterwards, because the
 * schema needs 20 µs for each.
 * @param content of the extension, after its OID
 */
export function keepExtension(
  oid: string,
  content: readonly unknown[],
  encode: () => Uint8Array,
): Uint8Array {
  const key = `${oid} ${JSON.stringify(content)}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const extensionDer = encode();
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, extensionDer);
  return extensionDer;
}
