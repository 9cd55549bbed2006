import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld } from '../mix/open-world.ts';
import type { Operation, World } from '../mix/operation.ts';
import { createOperations } from '../mix/operations.ts';
import type { Random } from '../mix/random.ts';
import { type Sample, startMix } from '../mix/run-mix.ts';
import type { RunSettings } from '../mix/settings.ts';
import { type ServePart, type ServerProcess, startServer } from '../mix/start-server.ts';
import { inspect } from './inspect.ts';

export interface FaultFigures {
  /** Kills under load. */
  readonly kills: number;
  /** Kills while the server was starting. */
  readonly killsAtStart: number;
  readonly answered: ReadonlyMap<string, number>;
  /** Pending requests at a kill, by operation. */
  readonly lost: ReadonlyMap<string, number>;
  /** Certificates and revocations that were recorded without a response. */
  readonly doneUnanswered: number;
  readonly world: World;
}

export interface LivesOptions {
  readonly settings: RunSettings;
  readonly random: Random;
  readonly kills: number;
  readonly connections: number;
  /** Takes a line about each life after its end. */
  readonly say: (line: string) => void;
}

const LIFE_MS = { least: 0, most: 3000 };
const SERVE_PARTS: readonly (ServePart | undefined)[] = [
  undefined,
  'launcher',
  'record',
  'front-1',
];
/** Share of lives in which the server is also killed while it starts. */
const KILL_AT_START = 0.25;
const START_MS = 1200;

/** Repeatedly starts a server, loads it, kills it, restarts it and checks its records. */
export async function runLives(options: LivesOptions): Promise<FaultFigures> {
  const { settings, random, kills, connections, say } = options;
  const told = new Set<string>();
  const answered = new Map<string, number>();
  const lost = new Map<string, number>();
  let killsAtStart = 0;
  let doneUnanswered = 0;
  let server = await startServer(settings).started;
  const world = await openWorld(server, settings, random);
  const operations = createOperations(world);

  function takeSample({ operation, status }: Sample): void {
    const counts = status === null ? lost : answered;
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
  }

  async function restart(): Promise<ServerProcess> {
    while (random() < KILL_AT_START) {
      const starting = startServer(settings);
      starting.started.catch(() => {});
      await sleep(random() * START_MS);
      await starting.kill();
      killsAtStart++;
    }
    return startServer(settings).started;
  }

  try {
    for (let kill = 1; kill <= kills; kill++) {
      const lifeMs = LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least);
      const parts = settings.processes === null ? [undefined] : SERVE_PARTS;
      const first = parts[Math.floor(random() * parts.length)];
      await live(world, operations, server, { connections, lifeMs, takeSample, first });
      const { ledger } = world;
      const openIssues = ledger.issuing;
      const openRevocations = ledger.revoking.size;
      server = await restart();
      const before = ledger.certificates.size + ledger.revoked.size;
      await inspect(world, operations, server, false);
      doneUnanswered += ledger.certificates.size + ledger.revoked.size - before;
      say(
        `kill ${kill} after ${Math.round(lifeMs)} ms: ${ledger.certificates.size} certificates, ${ledger.revoked.size} revocations, ${openIssues} and ${openRevocations} of them under way; ${world.findings.checks} checks, ${count(world.findings.violations)} violations`,
      );
      for (const fault of world.findings.violations.keys()) {
        if (!told.has(fault)) say(`  ${fault}`);
        told.add(fault);
      }
    }
    say(
      `Waiting ${settings.edgeTtlSeconds} s until all cache entries have expired, for the last check.`,
    );
    await sleep(settings.edgeTtlSeconds * 1000);
    await inspect(world, operations, server, true);
  } finally {
    await server.stop();
  }
  return { kills, killsAtStart, answered, lost, doneUnanswered, world };
}

interface LifeOptions {
  readonly connections: number;
  /** Counted from the first response. */
  readonly lifeMs: number;
  readonly takeSample: (sample: Sample) => void;
  /** Which process of `signet serve` is killed first; undefined for all at once. */
  readonly first: ServePart | undefined;
}

/** Loads a server for a while, then kills it. */
async function live(
  world: World,
  operations: readonly Operation[],
  server: ServerProcess,
  { connections, lifeMs, takeSample, first }: LifeOptions,
): Promise<void> {
  let isAlive = true;
  let noteFirst = () => {};
  const firstAnswer = new Promise<void>((resolve) => {
    noteFirst = resolve;
  });
  const mix = startMix({
    ...{ world, operations, kind: 'faults', port: server.port, connections },
    mayBeUnavailable: () => !isAlive,
    takeSample(sample) {
      const isLost = sample.status === null;
      world.findings.expect(!isLost || !isAlive, `${sample.operation}: no response, but no kill`);
      takeSample(sample);
      noteFirst();
    },
  });
  await Promise.race([firstAnswer, mix.ended]);
  await sleep(lifeMs);
  isAlive = false;
  await server.kill(first);
  await mix.ended;
}

export function count(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, value) => sum + value, 0);
}
