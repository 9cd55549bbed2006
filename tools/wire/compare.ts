import { readFileSync } from 'node:fs';
import type { Exchange } from './recorder.ts';

export interface CompareOptions {
  /** Leave out what errors tell people: the fields detail, message and Message. */
  readonly ignoreDetails: boolean;
}

const DETAIL = /^\s*"(?:detail|message|Message)": /;

/** Prints what differs, by exchange, and returns how many exchanges do. */
export function compareRecordings(a: string, b: string, options: CompareOptions): number {
  const before = readRecording(a);
  const after = readRecording(b);
  let count = 0;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const lines = diffExchange(before.get(name), after.get(name), options);
    if (lines.length === 0) continue;
    count++;
    console.log(`\n${name}  [${(before.get(name) ?? after.get(name))?.request}]`);
    for (const line of lines) console.log(`  ${line}`);
  }
  console.log(`\n${count} of ${before.size} exchanges differ.`);
  return count;
}

function readRecording(path: string): ReadonlyMap<string, Exchange> {
  const exchanges: Exchange[] = JSON.parse(readFileSync(path, 'utf8'));
  return new Map(exchanges.map((exchange) => [exchange.name, exchange]));
}

function diffExchange(
  before: Exchange | undefined,
  after: Exchange | undefined,
  options: CompareOptions,
): readonly string[] {
  if (before === undefined) return ['only in the second recording'];
  if (after === undefined) return ['only in the first recording'];
  return diffLines(toLines(before, options), toLines(after, options));
}

function toLines(exchange: Exchange, { ignoreDetails }: CompareOptions): readonly string[] {
  const isError = exchange.body.some((line) => /^\s*"(?:code|Code)": /.test(line));
  const body =
    ignoreDetails && isError ? exchange.body.filter((line) => !DETAIL.test(line)) : exchange.body;
  return [`status ${exchange.status}`, ...exchange.headers, ...body];
}

/** The lines that go and come, with the line in front of each change; by longest common subsequence. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly string[] {
  const lengths = measureCommon(before, after);
  const out: string[] = [];
  let [i, j] = [0, 0];
  let context: string | null = null;
  const add = (line: string) => {
    if (context !== null) out.push(`  ${context}`);
    context = null;
    out.push(line);
  };
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      context = before[i] ?? '';
      i++;
      j++;
    } else if (
      j >= after.length ||
      (i < before.length && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))
    ) {
      add(`- ${before[i++]}`);
    } else {
      add(`+ ${after[j++]}`);
    }
  }
  return out;
}

function measureCommon(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const value =
        a[i] === b[j]
          ? (lengths[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(lengths[i + 1]?.[j] ?? 0, lengths[i]?.[j + 1] ?? 0);
      const row = lengths[i];
      if (row !== undefined) row[j] = value;
    }
  }
  return lengths;
}
