import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Target } from './targets.ts';

export interface Outcome {
  readonly name: string;
  readonly executions: number;
  /** Edges covered by an empty input, by the seeds with the kept corpus, and at the end. */
  readonly coverage: { readonly empty: number; readonly seeds: number; readonly end: number };
  readonly corpus: number;
  /** Paths of inputs that crashed or hung. */
  readonly findings: readonly string[];
  readonly isWhole: boolean;
}

/** Wall-clock limit for inputs that never finish; bounded.ts finds slow ones. */
const TIMEOUT_MS = 20_000;
const STATUS = /^#(\d+)\s+(\w+)\s+cov: (\d+) .*?corp: (\d+)\//;

export interface RunOptions {
  /** The file to fuzz. */
  readonly bundle: string;
  readonly cacheDir: string;
  /** The fuzzer's command. */
  readonly cli: string;
  readonly seconds: number;
}

/** Fuzzes one target until its time is over or it has a finding. Keeps the corpus. */
export async function runTarget(target: Target, options: RunOptions): Promise<Outcome> {
  const { name, maxBytes } = target;
  const places = Object.fromEntries(
    ['corpus', 'seeds', 'findings', 'empty'].map((kind) => [
      kind,
      join(options.cacheDir, kind, name),
    ]),
  );
  const { corpus = '', seeds = '', findings = '', empty = '' } = places;
  for (const directory of [seeds, findings, empty])
    rmSync(directory, { recursive: true, force: true });
  for (const directory of [corpus, seeds, findings, empty])
    mkdirSync(directory, { recursive: true });
  for (const seed of target.seeds()) {
    if (seed.length <= maxBytes) {
      writeFileSync(join(seeds, createHash('sha1').update(seed).digest('hex')), seed);
    }
  }
  const run = (directories: readonly string[], flags: readonly string[]) =>
    runFuzzer(
      [
        options.cli,
        options.bundle,
        ...directories,
        '--includes=bundles/',
        ...(target.sync ? ['--sync'] : []),
        `--timeout=${TIMEOUT_MS}`,
        '--',
        `-max_len=${maxBytes}`,
        `-artifact_prefix=${findings}/`,
        ...flags,
      ],
      join(options.cacheDir, `${name}.log`),
    );
  // This run only reports the coverage of an empty input.
  const baseline = await run([empty], ['-runs=0']);
  const main = await run(
    [corpus, seeds],
    [`-max_total_time=${options.seconds}`, '-use_value_profile=1', '-len_control=20'],
  );
  const inited = main.lines.find(({ event }) => event === 'INITED');
  const last = main.lines.at(-1);
  return {
    name,
    executions: last?.runs ?? 0,
    coverage: {
      empty: baseline.lines.at(-1)?.edges ?? 0,
      seeds: inited?.edges ?? 0,
      end: last?.edges ?? 0,
    },
    corpus: last?.corpus ?? 0,
    findings: readdirSync(findings).map((file) => join(findings, file)),
    isWhole: main.exitCode === 0,
  };
}

interface Status {
  readonly runs: number;
  readonly event: string;
  readonly edges: number;
  readonly corpus: number;
}

async function runFuzzer(args: readonly string[], logPath: string) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(logPath);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const lines: Status[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [matched, runs, event = '', edges, corpus] = STATUS.exec(line) ?? [];
    if (matched === undefined) return;
    lines.push({ runs: Number(runs), event, edges: Number(edges), corpus: Number(corpus) });
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  log.end();
  return { exitCode, lines };
}
