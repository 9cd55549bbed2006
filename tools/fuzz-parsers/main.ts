import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { runCommand, UserError } from '../../scripts/user-error.ts';
import { bundleTarget } from './bundle-target.ts';
import { installJazzer } from './install-jazzer.ts';
import { type Outcome, runTarget } from './run-target.ts';
import { TARGETS } from './targets.ts';

const USAGE =
  'npm run fuzz:parsers -- [--minutes N (wall-clock time in total)] [--target NAME]… [--jobs N]';

async function fuzzParsers(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      target: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '1' },
    },
  });
  const [minutes, jobs] = [Number(values.minutes), Number(values.jobs)];
  if (!(minutes > 0) || !Number.isInteger(jobs) || jobs < 1) throw new UserError(USAGE);
  const unknown = values.target.find((name) => !TARGETS.some((target) => target.name === name));
  if (unknown !== undefined) {
    const names = TARGETS.map(({ name }) => name).join(', ');
    throw new UserError(`Unknown target '${unknown}'. Targets: ${names}.\n${USAGE}`);
  }
  const chosen = TARGETS.filter(
    ({ name }) => values.target.length === 0 || values.target.includes(name),
  );
  const cacheDir = join(PROJECT_DIR, 'node_modules', '.cache', 'fuzz');
  const cli = installJazzer(join(cacheDir, 'jazzer'));
  const seconds = Math.max(
    1,
    Math.round((minutes * 60 * Math.min(jobs, chosen.length)) / chosen.length),
  );
  console.log(`${chosen.length} targets, ${seconds} seconds each. Corpus and logs: ${cacheDir}`);

  // Bundle all targets first, so that they test the same state of the source.
  const queue = chosen.map((target) => ({
    target,
    bundle: bundleTarget(target.name, join(cacheDir, 'bundles')),
  }));
  const outcomes: Outcome[] = [];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { target, bundle } = next;
      const outcome = await runTarget(target, { bundle, cacheDir, cli, seconds });
      outcomes.push(outcome);
      console.log(describe(outcome));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const good = outcomes.filter((outcome) => outcome.isWhole && hasFeedback(outcome));
  console.log(`${good.length} of ${outcomes.length} targets finished without a finding.`);
  return good.length === outcomes.length ? 0 : 1;
}

/** If coverage does not rise above that of an empty input, it did not guide the fuzzer. */
function hasFeedback({ coverage }: Outcome): boolean {
  return coverage.end > coverage.empty;
}

function describe(outcome: Outcome): string {
  const { name, executions, coverage, corpus, findings } = outcome;
  const edges = `edges ${coverage.empty} (empty input) -> ${coverage.seeds} (seeds) -> ${coverage.end}`;
  const notes = [
    ...(hasFeedback(outcome) ? [] : ['NO FEEDBACK: coverage did not rise']),
    ...(outcome.isWhole ? [] : ['STOPPED: see its log']),
    ...findings.map((path) => `FOUND ${path}`),
  ];
  return [`${name}: ${executions} executions, ${edges}, corpus ${corpus}`, ...notes].join('\n  ');
}

await runCommand(fuzzParsers);
