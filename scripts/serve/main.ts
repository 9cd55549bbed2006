import '../../tools/byte-encodings.ts';
import { accessSync, constants, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, UserError } from '../user-error.ts';
import { backup, backupSql } from './backup.ts';
import { readVersion } from './build-facts.ts';
import { runDoctor } from './doctor.ts';
import { restore, restoreSql } from './restore.ts';
import { serve } from './serve.ts';

const USAGE = `Usage:

  signet serve [--processes N]        runs the server
  signet backup FILE [--force]        copies the record into one file, also while the server runs
  signet restore FILE [--audit FILE]  replaces the record by a backup; the server must not run
  signet doctor                       checks settings, files, record and audit record
  signet version                      prints the version, as --version does

  --state DIR   directory of settings, secrets and record; the default is SIGNET_STATE, systemd's
                STATE_DIRECTORY, or signet-state
  --force       replaces FILE if it exists
  --processes N number of processes, 1 to 64, instead of the setting PROCESSES
  --sql         FILE is SQL, to move to or from Cloudflare's D1
  --audit FILE  an audit export, whose revocations since the backup are repeated

Settings such as HOST_NAMES and PROCESSES are in DIR/signet.env, or in the environment.`;

/** How many files each command takes. */
const COMMANDS = new Map([
  ['serve', 0],
  ['doctor', 0],
  ['version', 0],
  ['backup', 1],
  ['restore', 1],
]);

async function run(): Promise<number> {
  const { values, positionals } = parseCommandLine();
  const [command, ...files] = positionals;
  const dist = import.meta.dirname;
  if (values.version) {
    console.log(readVersion(dist));
    return 0;
  }
  if (values.help || command === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const { SIGNET_STATE, STATE_DIRECTORY } = process.env;
  const state = resolve(values.state ?? SIGNET_STATE ?? STATE_DIRECTORY ?? 'signet-state');
  const [file, ...others] = files;
  switch (`${command} ${others.length > 0 ? 'many' : files.length}`) {
    case 'serve 0':
      return serve(state, dist, {
        ...process.env,
        ...(values.processes !== undefined && { PROCESSES: values.processes }),
      });
    case 'doctor 0':
      return runDoctor(requireState(state), dist);
    case 'backup 1':
      (values.sql ? backupSql : backup)(
        requireState(state),
        dist,
        resolve(file ?? ''),
        values.force,
      );
      return 0;
    case 'restore 1':
      await (values.sql ? restoreSql : restore)(state, dist, resolve(file ?? ''), {
        auditExport: values.audit === undefined ? null : resolve(values.audit),
      });
      return 0;
    case 'version 0':
      console.log(readVersion(dist));
      return 0;
    default:
      throw new UserError(`${describeWrongUse(command)}\n\n${USAGE}`);
  }
}

function describeWrongUse(command: string): string {
  switch (COMMANDS.get(command)) {
    case 0:
      return `signet ${command} takes no file.`;
    case 1:
      return `signet ${command} needs one file.`;
    default:
      return `This is no command: ${command}`;
  }
}

/** @throws UserError if there is no such directory; Error with its path if this user must not read it */
function requireState(state: string): string {
  if (existsSync(state)) {
    accessSync(state, constants.R_OK | constants.X_OK);
    return state;
  }
  throw new UserError(`There is no state directory ${state}. Name it: --state DIR`);
}

function parseCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        audit: { type: 'string' },
        processes: { type: 'string' },
        force: { type: 'boolean', default: false },
        sql: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // Node's further sentences are about other kinds of arguments.
    const [problem] = String(error instanceof Error ? error.message : error).split('. ');
    throw new UserError(`${problem}\n\n${USAGE}`);
  }
}

await runCommand(run);
