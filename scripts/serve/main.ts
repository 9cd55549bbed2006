import '../../tools/byte-encodings.ts';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, UserError } from '../user-error.ts';
import { backup, backupSql } from './backup.ts';
import { readVersion } from './build-facts.ts';
import { runDoctor } from './doctor.ts';
import { restore, restoreSql } from './restore.ts';
import { serve } from './serve.ts';

const USAGE = `Usage:

  signet serve                        runs the server
  signet backup FILE [--force]        copies the record into one file, also while the server runs
  signet restore FILE [--audit FILE]  replaces the record by a backup; the server must not run
  signet doctor                       checks settings, files, record and audit record
  signet version                      prints the version, as --version does

  --state DIR   directory of settings, secrets and record; the default is SIGNET_STATE, systemd's
                STATE_DIRECTORY, or signet-state
  --force       replaces FILE if it exists
  --sql         FILE is SQL, to move to or from Cloudflare's D1
  --audit FILE  an audit export, whose revocations since the backup are repeated`;

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
      return serve(state, dist);
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
      throw new UserError(`This is no command: ${positionals.join(' ')}\n\n${USAGE}`);
  }
}

/** @throws UserError if there is no such directory */
function requireState(state: string): string {
  if (existsSync(state)) return state;
  throw new UserError(`There is no state directory ${state}. Name it: --state DIR`);
}

function parseCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        audit: { type: 'string' },
        force: { type: 'boolean', default: false },
        sql: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

await runCommand(run);
