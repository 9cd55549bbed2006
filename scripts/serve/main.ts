import '../../tools/byte-encodings.ts';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, UserError } from '../user-error.ts';
import { serve } from './serve.ts';

const USAGE = `Usage:

  signet serve [--state DIR]     run the server

  --state   directory of settings, secrets and record; the default is SIGNET_STATE, systemd's
            STATE_DIRECTORY, or signet-state`;

async function run(): Promise<number> {
  const { values, positionals } = parseCommandLine();
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    console.log(USAGE);
    return command === undefined && !values.help ? 1 : 0;
  }
  const { SIGNET_STATE, STATE_DIRECTORY } = process.env;
  const state = resolve(values.state ?? SIGNET_STATE ?? STATE_DIRECTORY ?? 'signet-state');
  const dist = import.meta.dirname;
  if (command === 'serve' && rest.length === 0) return serve(state, dist);
  throw new UserError(`Unknown command: ${positionals.join(' ')}\n\n${USAGE}`);
}

function parseCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { state: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

await runCommand(run);
