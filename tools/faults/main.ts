import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCommand } from '../../scripts/user-error.ts';
import { createRandom } from '../mix/random.ts';
import { readWholeNumber } from '../mix/read-options.ts';
import { prepareRun } from '../mix/settings.ts';
import { formatFaults } from './report.ts';
import { count, runLives } from './run-lives.ts';

/** The record and two in front of it. */
const SERVE_PROCESSES = 3;
const MAX_SEED = 2 ** 32 - 1;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string' },
      connections: { type: 'string', default: '16' },
      serve: { type: 'boolean', default: false },
    },
  });
  const kills = readWholeNumber('kills', values.kills, 1, 100_000);
  const connections = readWholeNumber('connections', values.connections, 1, 1024);
  const seed = readWholeNumber('seed', values.seed ?? String(randomInt(MAX_SEED)), 0, MAX_SEED);
  console.log(
    `${kills} kills. To repeat this run: npm run faults -- --kills ${kills} --seed ${seed}${values.serve ? ' --serve' : ''}`,
  );
  const settings = await prepareRun('faults', values.serve ? SERVE_PROCESSES : null);
  const startedAtMs = Date.now();
  const figures = await runLives({
    ...{ settings, kills, connections },
    random: createRandom(seed),
    say: console.log,
  });
  console.log(formatFaults(figures, (Date.now() - startedAtMs) / 1000));
  if (count(figures.world.findings.violations) === 0) {
    settings.remove();
    return 0;
  }
  for (const line of settings.troubles) console.log(`the log: ${line}`);
  console.log(`The database of the run is kept in ${settings.directory}`);
  return 1;
}

await runCommand(main);
