import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCommand } from '../../scripts/user-error.ts';
import { holdHeaps } from '../hold-heaps.ts';
import { createRandom } from '../mix/random.ts';
import { readWholeNumber } from '../mix/read-options.ts';
import { prepareRun } from '../mix/settings.ts';
import { startServer } from '../mix/start-server.ts';
import { formatLoad, hasFailed } from './report.ts';
import { runLoad } from './run-load.ts';

const MAX_SEED = 2 ** 32 - 1;
/** Half of a Worker's limit on the platform. */
const HEAP_MEGABYTES = 64;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      connections: { type: 'string', default: '64' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
    },
  });
  const minutes = readWholeNumber('minutes', values.minutes, 1, 10_000);
  const connections = readWholeNumber('connections', values.connections, 1, 1024);
  const seed = readWholeNumber('seed', values.seed ?? String(randomInt(MAX_SEED)), 0, MAX_SEED);
  const settings = await prepareRun('load', values.serve ? 1 : null);
  try {
    const start = () => startServer(settings).started;
    // `signet serve` limits its heaps itself.
    const server = await (values.serve ? start() : holdHeaps(HEAP_MEGABYTES, start));
    try {
      const figures = await runLoad({
        ...{ server, settings, connections },
        random: createRandom(seed),
        seconds: minutes * 60,
        say: (line) => console.error(line),
      });
      console.log(values.json ? JSON.stringify(figures, null, 2) : formatLoad(figures));
      for (const line of settings.troubles) console.error(`the log: ${line}`);
      return hasFailed(figures) ? 1 : 0;
    } finally {
      await server.stop();
    }
  } finally {
    settings.remove();
  }
}

await runCommand(main);
