import { expect, it } from 'vitest';
import { createChunkEncoder } from '../../src/lists/encode-chunks.ts';
import { NOW_SECONDS } from '../store/database.ts';

const makeRow = (revision: number) => ({
  revision,
  serialHex: `a${revision}`,
  revokedAtSeconds: NOW_SECONDS,
  reason: 0,
  invalidityDateSeconds: null,
});

it('never changes the entries that it begins with, and hands out buffers of their own', () => {
  for (const target of [10, 1000]) {
    const entriesDer = new Uint8Array(200).fill(7);
    const start = { precedingBytes: 0, firstRevision: 1, lastRevision: 1, entries: 5, entriesDer };
    const encoder = createChunkEncoder(
      start,
      () => target,
      () => 'id',
    );
    const chunks = [...encoder.add([makeRow(2), makeRow(3), makeRow(4)])];
    const last = encoder.end(4);
    if (last !== null) chunks.push(last);
    expect(entriesDer).toEqual(new Uint8Array(200).fill(7));
    expect(chunks.length).toBe(target === 10 ? 4 : 1);
    for (const { bytes, entriesDer: own } of chunks) expect(own.buffer.byteLength).toBe(bytes);
    expect(chunks.reduce((sum, { entries }) => sum + entries, 0)).toBe(8);
  }
});

it('finds the length of each chunk from the length of all entries before it', () => {
  const asked: number[] = [];
  const entriesDer = new Uint8Array(0);
  const encoder = createChunkEncoder(
    { precedingBytes: 1000, firstRevision: 1, lastRevision: 0, entries: 0, entriesDer },
    (precedingBytes) => {
      asked.push(precedingBytes);
      return precedingBytes === 1000 ? 50 : 20;
    },
    () => 'id',
  );
  const chunks = encoder.add([1, 2, 3, 4, 5, 6].map(makeRow));
  const [first, second] = chunks.map(({ bytes }) => bytes);
  expect(asked.slice(0, 3)).toEqual([
    1000,
    1000 + (first ?? 0),
    1000 + (first ?? 0) + (second ?? 0),
  ]);
  expect(first).toBeGreaterThanOrEqual(50);
  expect(second).toBeLessThan(first ?? 0);
});
