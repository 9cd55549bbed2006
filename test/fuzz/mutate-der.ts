import fc from 'fast-check';
import { branch, cloneTree, type DerNode, leaf, listPlaces, type Place } from './der-tree.ts';

/** One change to a tree. `at`, `amount` and `choice` are used modulo the number of choices. */
export interface DerMutation {
  readonly kind: keyof typeof CHANGES;
  readonly at: number;
  readonly amount: number;
  readonly choice: number;
}

const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b.example.com',
  '\u202Emoc.elpmaxe',
  'a\u200Bb.example.com',
  '*.example.com',
  '*',
  'a.*.example.com',
  '*.*.example.com',
  '.example.com',
  'example..com',
  'EXAMPLE.com.',
  '-a.example.com',
  'xn--mnchen-3ya.de',
  'xn--\u00FC.de',
  'm\u00FCnchen.de',
  '127.0.0.1',
  '::1',
  'a@b@c.com',
  'https://',
  'https://user:secret@example.com/%zz',
  'javascript:alert(1)',
  "'; DROP TABLE certificates; --",
  'CN=a,CN=b\n+O=c',
  '\uD7FF\uFFFD\u{1F512}',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(10_000),
  `${'a.'.repeat(130)}com`,
];

const TAGS: readonly number[] = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a,
  0x1c, 0x1e, 0x1f, 0x24, 0x2c, 0x30, 0x31, 0x3f, 0x80, 0x81, 0x82, 0x86, 0x87, 0x88, 0xa0, 0xa1,
  0xa3, 0xa4, 0xff,
];

/** OIDs of keys, signatures, attributes and extensions, as OBJECT IDENTIFIER content in hex. */
const OIDS: readonly string[] = [
  '2a864886f70d010101',
  '2a864886f70d01010a',
  '2a864886f70d010105',
  '2a864886f70d01010b',
  '2a8648ce3d0201',
  '2a8648ce3d030107',
  '2b81040022',
  '2b8104000a',
  '2a8648ce3d040302',
  '2a8648ce3d040304',
  '2b6570',
  '2b6571',
  '2a864886f70d01090e',
  '2b06010401823702010e',
  '551d11',
  '551d13',
  '551d0f',
  '550403',
  '550406',
  '80',
  '808001',
  'ffffffffffffffffff7f',
  '',
];

const INTEGERS: readonly string[] = [
  '',
  '00',
  '01',
  '03',
  'ff',
  '80',
  '0000',
  'ffff',
  '010001',
  `7f${'ff'.repeat(20)}`,
  `00${'ff'.repeat(32)}`,
  `00${'ff'.repeat(256)}`,
];

const LENGTHS: readonly string[] = [
  '00',
  '80',
  '8100',
  '817f',
  '820001',
  '83ffffff',
  '84ffffffff',
  '8880ffffffffffffff',
  'ff',
];

type Change = (
  place: Place,
  mutation: Pick<DerMutation, 'amount' | 'choice'>,
  other: DerNode,
) => void;

const CHANGES = {
  'flip a bit': ({ node }, { amount }) => {
    if (node.content.length === 0) return;
    const content = node.content.slice();
    const octet = (amount >> 3) % content.length;
    content[octet] = (content[octet] ?? 0) ^ (1 << (amount & 7));
    node.content = content;
  },
  'delete it': ({ siblings, index }) => {
    siblings.splice(index, 1);
  },
  'duplicate it': ({ siblings, index, node }, { amount }) => {
    const copies = Array.from({ length: 1 + (amount % 120) }, () => cloneTree(node));
    siblings.splice(index, 0, ...copies);
  },
  'swap it': ({ siblings, index, node }, { amount }) => {
    const target = amount % siblings.length;
    const other = siblings[target];
    if (other === undefined) return;
    siblings[target] = node;
    siblings[index] = other;
  },
  'change its tag': ({ node }, { choice }) => {
    node.tag = pick(TAGS, choice);
  },
  'lie about its length': ({ node }, { choice }) => {
    node.lengthOctets = Uint8Array.fromHex(pick(LENGTHS, choice));
  },
  'nest it': ({ siblings, index, node }, { amount, choice }) => {
    let nested = node;
    for (let depth = amount % 60; depth >= 0; depth--) {
      nested = branch(choice % 2 === 0 ? 0x30 : 0x31, [nested]);
    }
    siblings[index] = nested;
  },
  'open it': ({ siblings, index, node }) => {
    siblings.splice(index, 1, ...(node.children ?? []));
  },
  'empty it': ({ node }) => {
    node.children = null;
    node.content = new Uint8Array();
  },
  'make it long': ({ node }, { amount }) => {
    node.children = null;
    node.content = new Uint8Array(amount % 20_000).fill(amount);
  },
  'put a text into it': ({ node }, { choice }) => {
    node.children = null;
    node.content = new TextEncoder().encode(pick(HOSTILE_TEXTS, choice));
  },
  'put an integer into it': ({ siblings, index }, { choice }) => {
    siblings[index] = leaf(0x02, Uint8Array.fromHex(pick(INTEGERS, choice)));
  },
  'put an identifier into it': ({ siblings, index }, { choice }) => {
    siblings[index] = leaf(0x06, Uint8Array.fromHex(pick(OIDS, choice)));
  },
  'splice another element in': ({ siblings, index }, { amount, choice }, other) => {
    const taken = pick(listPlaces(other), amount).node;
    siblings.splice(index, choice % 2, cloneTree(taken));
  },
} as const satisfies Readonly<Record<string, Change>>;

const TEXT_TAGS: readonly number[] = [0x0c, 0x13, 0x16, 0x81, 0x82, 0x86, 0x87];

/** Applies `mutations` to a copy of `tree`. Spliced nodes come from `other`. */
export function mutateTree(
  tree: DerNode,
  other: DerNode,
  mutations: readonly DerMutation[],
): DerNode {
  // Wrap the tree, so that its outermost element can be changed too.
  const root = branch(0x30, [cloneTree(tree)]);
  for (const mutation of mutations) {
    const places = listPlaces(root);
    // Replace only texts with texts: elsewhere, a text is no better than random bytes.
    const texts = places.filter(({ node }) => TEXT_TAGS.includes(node.tag));
    const fitting = mutation.kind === 'put a text into it' && texts.length > 0 ? texts : places;
    if (fitting.length === 0) break;
    CHANGES[mutation.kind](pick(fitting, mutation.at), mutation, other);
  }
  return root.children?.[0] ?? leaf(0x05, new Uint8Array());
}

const anyNumber = fc.nat({ max: 1_000_000 });

export const derMutations: fc.Arbitrary<DerMutation[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom<(keyof typeof CHANGES)[]>(...listKinds()) },
      // Changes that keep the structure get past the parser to the rules after it.
      { weight: 1, arbitrary: fc.constantFrom('put a text into it', 'flip a bit', 'swap it') },
    ),
    at: anyNumber,
    amount: fc.oneof(fc.nat({ max: 8 }), anyNumber),
    choice: anyNumber,
  }),
  { minLength: 0, maxLength: 4 },
);

function listKinds(): (keyof typeof CHANGES)[] {
  const isKind = (key: string): key is keyof typeof CHANGES => Object.hasOwn(CHANGES, key);
  return Object.keys(CHANGES).filter(isKind);
}

export function pick<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
