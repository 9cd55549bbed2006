import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { WorkerBundle } from '../../scripts/build-worker.ts';
import { runWranglerQuietly } from '../../scripts/wrangler.ts';
import type { Section } from './report.ts';

const KIB = 1024;
const START_UPS = 5;

/** What the platform has to load before the first request. */
export function measureBundle({ scriptPath }: WorkerBundle): Section {
  const script = readFileSync(scriptPath);
  // What else the machine does can only make a start slower.
  const startUpMs = Math.min(...Array.from({ length: START_UPS }, profileStartUp));
  return {
    title: 'The bundle',
    rows: [
      { name: 'minified', value: script.length / KIB, unit: 'KiB' },
      {
        name: 'minified, gzip',
        value: gzipSync(script).length / KIB,
        unit: 'KiB',
        aim: { below: 130 },
      },
      {
        name: 'start-up (wrangler check startup)',
        value: startUpMs,
        unit: 'ms',
        aim: { below: 30 },
      },
    ],
  };
}

/** ms in which the Worker, and not nothing, ran while it started. */
function profileStartUp(): number {
  const directory = mkdtempSync(join(tmpdir(), 'signet-startup-'));
  const outfile = join(directory, 'startup.cpuprofile');
  try {
    runWranglerQuietly(['check', 'startup', '--outfile', outfile]);
    return readActiveMs(JSON.parse(readFileSync(outfile, 'utf8')));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The Chrome DevTools protocol's Profiler.Profile, as much of it as is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string };
  }[];
  readonly samples: readonly number[];
  /** µs. */
  readonly timeDeltas: readonly number[];
}

function readActiveMs({ nodes, samples, timeDeltas }: CpuProfile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  );
  const activeMicros = samples.reduce(
    (sum, node, index) => sum + (idle.has(node) ? 0 : (timeDeltas[index] ?? 0)),
    0,
  );
  return activeMicros / 1000;
}
