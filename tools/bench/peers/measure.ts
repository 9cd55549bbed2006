import { median } from '../statistics.ts';
import { listTree, readLoadAverage, readMemoryBytes } from './process-figures.ts';
import { type PeerServer, toUrl } from './server.ts';
import { type Load, type LoadOrder, runWrk } from './wrk.ts';

export interface Plan {
  readonly seconds: number;
  readonly rounds: number;
}

/** One thing to measure at one server. */
export interface Contender {
  readonly server: PeerServer;
  /** Returns a file of requests that suffices for so many seconds. */
  prepare(seconds: number): string;
  /** What sends the load; wrk by default. */
  readonly send?: (order: LoadOrder, pids: readonly number[]) => Promise<Load>;
}

/** The medians of a contender's rounds at one number of connections. */
export interface Result {
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of all processes of the server. */
  readonly cpuUsPerAnswer: number;
  readonly memoryBytes: number;
  /** The largest share of a core that the load generator took in a round. */
  readonly clientShare: number;
  /** In all rounds. */
  readonly answers: number;
  readonly failures: number;
  readonly sent: number;
}

/** Measures the contenders in turns, and returns their results in the same order. */
export async function measureInTurns(
  contenders: readonly Contender[],
  connections: number,
  plan: Plan,
): Promise<Result[]> {
  const runs = contenders.map((contender): { contender: Contender; seen: Run[] } => ({
    contender,
    seen: [],
  }));
  for (let round = 0; round < plan.rounds; round++) {
    for (const { contender, seen } of runs) {
      const run = await measureOnce(contender, connections, plan.seconds);
      seen.push(run);
      process.stderr.write(
        `${contender.server.name}, ${connections} connections: ${Math.round(run.rate)}/s, ` +
          `load average ${readLoadAverage()}\n`,
      );
    }
  }
  return runs.map(({ seen }) => summarize(seen));
}

type Run = Load & { readonly memoryBytes: number };

export async function measureOnce(
  { server, prepare, send = runWrk }: Contender,
  connections: number,
  seconds: number,
): Promise<Run> {
  const order = {
    url: toUrl(server),
    port: server.port,
    requests: prepare(seconds),
    connections,
    seconds,
  };
  const pids = listTree(server.pid);
  const load = await send(order, pids);
  return { ...load, memoryBytes: readMemoryBytes(pids) };
}

function summarize(runs: readonly Run[]): Result {
  const middle = (read: (run: Run) => number) => median(runs.map(read));
  const total = (read: (run: Run) => number) => runs.reduce((sum, run) => sum + read(run), 0);
  return {
    rate: middle(({ rate }) => rate),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    cpuUsPerAnswer: middle(({ serverCpuUs, answers }) => serverCpuUs / answers),
    memoryBytes: Math.max(...runs.map(({ memoryBytes }) => memoryBytes)),
    clientShare: Math.max(...runs.map(({ clientShare }) => clientShare)),
    answers: total(({ answers }) => answers),
    failures: total(({ failures }) => failures),
    sent: total(({ sent }) => sent),
  };
}
