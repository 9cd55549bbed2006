import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld } from '../mix/open-world.ts';
import { createOperations } from '../mix/operations.ts';
import type { Random } from '../mix/random.ts';
import { startMix } from '../mix/run-mix.ts';
import type { RunSettings } from '../mix/settings.ts';
import type { ServerProcess } from '../mix/start-server.ts';
import { findWorkerd, judgeMemory, type MemorySample, readMemory } from './memory.ts';
import type { LoadFigures } from './report.ts';
import { Tally } from './tally.ts';

export interface LoadOptions {
  readonly server: ServerProcess;
  readonly settings: RunSettings;
  readonly random: Random;
  readonly connections: number;
  readonly seconds: number;
  /** Takes a line about the progress. */
  readonly say: (line: string) => void;
}

const SAMPLE_MS = 5000;
const LINES_APART = 6;

/** Loads a new server. */
export async function runLoad(options: LoadOptions): Promise<LoadFigures> {
  const { server, settings, random, connections, seconds, say } = options;
  const world = await openWorld(server, settings, random);
  const tally = new Tally();
  const workerd = findWorkerd(server.listProcesses());
  const samples: MemorySample[] = [];
  let requests = 0;
  const startedAtMs = performance.now();
  const elapsedSeconds = () => (performance.now() - startedAtMs) / 1000;

  const mix = startMix({
    ...{ world, operations: createOperations(world), kind: 'load', port: server.port, connections },
    takeSample(sample) {
      requests++;
      tally.add(sample);
    },
  });
  let isOver = false;
  void mix.ended.then(() => {
    isOver = true;
  });
  while (elapsedSeconds() < seconds && !isOver) {
    await sleep(Math.min(SAMPLE_MS, (seconds - elapsedSeconds()) * 1000));
    samples.push({ atSeconds: elapsedSeconds(), mebibytes: readMemory(workerd) });
    if (samples.length % LINES_APART === 0) {
      const memory = samples.at(-1)?.mebibytes.toFixed(0);
      say(`${Math.round(elapsedSeconds())} s: ${requests} requests, ${memory} MiB`);
    }
  }
  world.findings.expect(!isOver, 'all connections were lost');
  const took = elapsedSeconds();
  await mix.stop();
  world.lists.checkOrder();
  return {
    seconds: took,
    connections,
    operations: tally.summarize(took),
    memory: judgeMemory(samples),
    certificates: world.ledger.certificates.size,
    revocations: world.ledger.revoked.size,
    lists: world.lists.count,
    checks: world.findings.checks,
    violations: Object.fromEntries(world.findings.violations),
  };
}
