/**
 * Turns mutated bytes into DER. A fuzzer that changes one byte of DER mostly breaks a length, so the
 * parser stops at its first check. Seeds therefore also come with indefinite lengths (X.690 section
 * 8.1.3.6), which stay valid when parts are inserted or removed. The mutated bytes are read leniently
 * and written with correct lengths.
 */

const MAX_DEPTH = 40;
const OCTET_STRING = 0x04;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;

interface Node {
  readonly tag: number;
  /** The bytes before the children, or all bytes. */
  readonly head: Uint8Array;
  readonly children: readonly Node[];
}

/** Returns the DER of the first element in any bytes; never throws. */
export function repairDer(bytes: Uint8Array): Uint8Array {
  return repairDers(bytes)[0] ?? new Uint8Array(0);
}

/** Returns the DER of each element. */
export function repairDers(bytes: Uint8Array): readonly Uint8Array[] {
  return readNodes(bytes, 0, bytes.length, 0).nodes.map(encodeNode);
}

/** Gives constructed elements indefinite lengths. @param der strict DER */
export function loosenDer(der: Uint8Array): Uint8Array {
  return Buffer.concat(readNodes(der, 0, der.length, 0).nodes.map(loosenNode));
}

function readNodes(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): { nodes: Node[]; end: number } {
  const nodes: Node[] = [];
  let at = start;
  while (at + 1 < end) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    if (tag === 0 && first === 0) return { nodes, end: at + 2 };
    at += 2;
    if (first === 0x80 && depth < MAX_DEPTH) {
      const inner = readNodes(bytes, at, end, depth + 1);
      nodes.push({ tag, head: new Uint8Array(0), children: inner.nodes });
      at = inner.end;
      continue;
    }
    let length = first;
    if (first > 0x80) {
      const count = Math.min(first & 0x7f, 4, end - at);
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + i] ?? 0);
      at += count;
    }
    const contentEnd = Math.min(at + length, end);
    nodes.push(readContent(bytes, tag, at, contentEnd, depth));
    at = contentEnd;
  }
  return { nodes, end };
}

/** Also parses the content of OCTET STRINGs and BIT STRINGs, which hold extensions and keys. */
function readContent(bytes: Uint8Array, tag: number, start: number, end: number, depth: number) {
  const inside = tag === BIT_STRING ? start + 1 : start;
  const isConstructed = (tag & 0x20) !== 0;
  const wraps = (tag === OCTET_STRING || tag === BIT_STRING) && bytes[inside] === SEQUENCE;
  if ((!isConstructed && !wraps) || depth >= MAX_DEPTH || inside >= end) {
    return { tag, head: bytes.slice(start, end), children: [] };
  }
  const { nodes } = readNodes(bytes, inside, end, depth + 1);
  return { tag, head: bytes.slice(start, inside), children: nodes };
}

function encodeNode({ tag, head, children }: Node): Uint8Array {
  return wrap(tag, Buffer.concat([head, ...children.map(encodeNode)]));
}

function loosenNode(node: Node): Uint8Array {
  const { tag, head, children } = node;
  // An element with a prefix keeps its definite length, and so does everything inside it.
  if (children.length === 0 || head.length > 0) return encodeNode(node);
  return Buffer.concat([
    Uint8Array.of(tag, 0x80),
    ...children.map(loosenNode),
    Uint8Array.of(0, 0),
  ]);
}

function wrap(tag: number, content: Uint8Array): Uint8Array {
  const digits: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) {
    digits.unshift(rest % 256);
  }
  const length = content.length < 0x80 ? [content.length] : [0x80 | digits.length, ...digits];
  return Buffer.concat([Uint8Array.from([tag, ...length]), content]);
}
