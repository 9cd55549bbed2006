import { spawnSync } from 'node:child_process';
import { listDescendants } from '../../../scripts/process-tree.ts';
import type { RunningServe } from '../../../tools/machine/run-serve.ts';

/** Ids of the workerd processes, by name: record, front-1, … */
export function listProcesses({ launcher }: RunningServe): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of listDescendants(launcher.pid ?? 0)) {
    const command = spawnSync('ps', ['-o', 'args=', '-p', String(pid)]).stdout.toString();
    const name = /run\/([\w-]+)\.capnp/.exec(command)?.[1];
    if (name !== undefined) found.set(name, pid);
  }
  return found;
}

/** Returns the id of a workerd process. @throws Error if it does not run */
export function findProcess(server: RunningServe, name: string): number {
  const pid = listProcesses(server).get(name);
  if (pid === undefined) throw new Error(`There is no process ${name}.`);
  return pid;
}
