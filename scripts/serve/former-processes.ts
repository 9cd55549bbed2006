import { globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.ts';
import { askProcess } from './control.ts';

const WAIT_MS = 15_000;
const POLL_MS = 50;

/**
 * Waits until the processes of a launcher that was killed have ended: two must never have the record
 * open. The guard ends them.
 * @param directory of the control sockets
 * @throws UserError if one does not end
 */
export async function waitForFormerProcesses(directory: string): Promise<void> {
  const sockets = globSync('*.sock', { cwd: directory }).filter(
    (name) => name !== 'record-rpc.sock',
  );
  for (const name of sockets) {
    for (const endsMs = performance.now() + WAIT_MS; await answers(join(directory, name)); ) {
      if (performance.now() > endsMs) {
        throw new UserError(
          `A process of a former Signet still runs and does not end (${join(directory, name)}). End it: the process is workerd.`,
        );
      }
      await sleep(POLL_MS);
    }
  }
}

/** A process that is stuck counts as one that runs. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    await askProcess(socketPath, '/control/alive', { timeoutMs: 1000 });
    return true;
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code');
    return code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ECONNRESET';
  }
}
