import fc from 'fast-check';
import { joinBytes } from './der-tree.ts';

/** One change to bytes, whatever they mean. `at` is an index, modulo the length. */
export interface ByteMutation {
  readonly kind: 'flip' | 'cut' | 'drop' | 'insert' | 'repeat' | 'overwrite';
  readonly at: number;
  readonly count: number;
  readonly octet: number;
}

export const byteMutations: fc.Arbitrary<ByteMutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<ByteMutation['kind'][]>(
      'flip',
      'cut',
      'drop',
      'insert',
      'repeat',
      'overwrite',
    ),
    at: fc.nat({ max: 100_000 }),
    count: fc.integer({ min: 1, max: 40 }),
    octet: fc.oneof(
      fc.constantFrom(0x00, 0x0a, 0x0d, 0x20, 0x2b, 0x2d, 0x3d, 0x7b, 0x7f, 0x80, 0xff),
      fc.nat({ max: 255 }),
    ),
  }),
  { maxLength: 3 },
);

export function mutateBytes(
  bytes: Uint8Array,
  mutations: readonly ByteMutation[],
): Uint8Array<ArrayBuffer> {
  return mutations.reduce(mutateOnce, bytes.slice());
}

function mutateOnce(
  bytes: Uint8Array<ArrayBuffer>,
  { kind, at, count, octet }: ByteMutation,
): Uint8Array<ArrayBuffer> {
  const start = bytes.length === 0 ? 0 : at % bytes.length;
  const head = bytes.subarray(0, start);
  const tail = bytes.subarray(start);
  const filling = new Uint8Array(count).fill(octet);
  switch (kind) {
    case 'flip':
      return joinBytes([
        head,
        Uint8Array.of((tail[0] ?? 0) ^ (1 << (octet & 7))),
        tail.subarray(1),
      ]);
    case 'cut':
      return head.slice();
    case 'drop':
      return joinBytes([head, tail.subarray(count)]);
    case 'insert':
      return joinBytes([head, filling, tail]);
    case 'repeat':
      return joinBytes([head, tail.subarray(0, count), tail]);
    case 'overwrite':
      return joinBytes([head, filling, tail.subarray(count)]);
  }
}
