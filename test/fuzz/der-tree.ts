/**
 * DER as a tree that can be changed and written back, also malformed. It shares no code with src/.
 */

export interface DerNode {
  tag: number;
  /** Bytes before the children: the unused-bits octet of a BIT STRING that wraps DER. */
  prefix: Uint8Array;
  /** Null for a node without children; its bytes are in `content`. */
  children: DerNode[] | null;
  content: Uint8Array;
  /** Length octets to write instead of the correct ones. */
  lengthOctets: Uint8Array | null;
}

const CONSTRUCTED = 0x20;
const OCTET_STRING = 0x04;
const BIT_STRING = 0x03;
const MAX_DEPTH = 30;
const NOTHING = new Uint8Array();

/** @throws Error if `der` is not exactly one DER element */
export function parseTree(der: Uint8Array): DerNode {
  const [node, ...others] = parseAll(der, 0) ?? [];
  if (node === undefined || others.length > 0) throw new Error('not one element of DER');
  return node;
}

function parseAll(der: Uint8Array, depth: number): DerNode[] | null {
  if (depth > MAX_DEPTH) return null;
  const nodes: DerNode[] = [];
  for (let at = 0; at < der.length; ) {
    const tag = der[at] ?? 0;
    const first = der[at + 1];
    if (first === undefined || first === 0x80 || first > 0x83) return null;
    const lengthEnd = at + 2 + (first > 0x80 ? first - 0x80 : 0);
    const length =
      first < 0x80
        ? first
        : der.subarray(at + 2, lengthEnd).reduce((sum, octet) => sum * 256 + octet, 0);
    const end = lengthEnd + length;
    // A length that is not minimal could not be written back: keep these bytes as they are.
    if (end > der.length || encodeLength(length).length !== lengthEnd - at - 1) return null;
    nodes.push(parseNode(tag, der.subarray(lengthEnd, end), depth));
    at = end;
  }
  return nodes;
}

/** Parses strings that contain DER too, because keys, signatures and extensions are inside them. */
function parseNode(tag: number, content: Uint8Array, depth: number): DerNode {
  const prefixLength = tag === BIT_STRING && content[0] === 0 ? 1 : 0;
  const mayHold = (tag & CONSTRUCTED) !== 0 || tag === OCTET_STRING || prefixLength === 1;
  const inner = content.subarray(prefixLength);
  const children = mayHold && inner.length > 0 ? parseAll(inner, depth + 1) : null;
  return {
    tag,
    prefix: children === null ? NOTHING : content.subarray(0, prefixLength),
    children,
    content: children === null ? content : NOTHING,
    lengthOctets: null,
  };
}

export function encodeTree(node: DerNode): Uint8Array<ArrayBuffer> {
  const parts = node.children === null ? [node.content] : node.children.map(encodeTree);
  const length = parts.reduce((sum, part) => sum + part.length, node.prefix.length);
  const header = [Uint8Array.of(node.tag), node.lengthOctets ?? encodeLength(length), node.prefix];
  return joinBytes([...header, ...parts]);
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets = [(length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  while (octets[0] === 0) octets.shift();
  return Uint8Array.of(0x80 + octets.length, ...octets);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function leaf(tag: number, content: Uint8Array): DerNode {
  return { tag, prefix: NOTHING, children: null, content, lengthOctets: null };
}

export function branch(tag: number, children: DerNode[]): DerNode {
  return { tag, prefix: NOTHING, children, content: NOTHING, lengthOctets: null };
}

export function cloneTree(node: DerNode): DerNode {
  return { ...node, children: node.children?.map(cloneTree) ?? null };
}

/** The position of a node: its parent's children and its index there. */
export interface Place {
  readonly siblings: DerNode[];
  readonly index: number;
  readonly node: DerNode;
}

/** Lists every node below `root` in byte order. */
export function listPlaces(root: DerNode): Place[] {
  const siblings = root.children ?? [];
  return siblings.flatMap((node, index) => [{ siblings, index, node }, ...listPlaces(node)]);
}
