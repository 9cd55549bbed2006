/**
 * Records what Signet says on the wire, to show that a change of its insides changes nothing there.
 *
 *   npm run wire -- record FILE [--project DIR]
 *   npm run wire -- compare A B [--ignore-details]
 *
 * `record` runs `wrangler dev` in DIR, another checkout with its node_modules (default: this one),
 * with fixed secrets and a new state in a temporary directory. It sends a fixed list of requests of
 * every dialect, right and wrong ones, and writes status, headers and body of each response to FILE.
 * Times, ids, serial numbers, keys and signatures are masked; certificates, CRLs and OCSP responses
 * are shown by their structure. Of the recorded checkout it uses wrangler, wrangler.toml and the
 * migrations alone. Needs openssl 3.
 *
 * `compare` prints what differs, by exchange, and ends with 1 if anything does. With
 * `--ignore-details` it leaves out the words that errors have for people. Record both files within
 * a few days of each other: a validity of years has a number of days that depends on the date.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareRecordings } from './compare.ts';
import { recordProject } from './record.ts';

const USAGE = `Usage:
  npm run wire -- record FILE [--project DIR]
  npm run wire -- compare A B [--ignore-details]`;

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      project: { type: 'string', default: '.' },
      'ignore-details': { type: 'boolean', default: false },
    },
  });
  const [command, first, second] = positionals;
  if (command === 'record' && first !== undefined && second === undefined) {
    await recordProject(resolve(values.project), resolve(first));
    return 0;
  }
  if (command === 'compare' && first !== undefined && second !== undefined) {
    return compareRecordings(first, second, { ignoreDetails: values['ignore-details'] }) > 0
      ? 1
      : 0;
  }
  console.error(USAGE);
  return 2;
}

process.exitCode = await run();
