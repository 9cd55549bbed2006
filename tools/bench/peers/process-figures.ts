import { readFileSync } from 'node:fs';
import { listDescendants } from '../../../scripts/process-tree.ts';

/** Linux reports CPU time in these, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const US_PER_TICK = 1e6 / TICKS_PER_SECOND;

/** A process and its descendants. */
export function listTree(pid: number): number[] {
  return [pid, ...listDescendants(pid)];
}

/** CPU time of a server so far, over all its processes, with their children that have ended. */
export function readCpuUs(pids: readonly number[]): number {
  return sum(pids, (pid) => {
    const { own, ended } = readTicks(pid);
    return (own + ended) * US_PER_TICK;
  });
}

/** CPU time of this process's children that have ended. */
export function readEndedChildrenCpuUs(): number {
  return readTicks('self').ended * US_PER_TICK;
}

/** Memory of a server. What its processes share counts once (proportional set size). */
export function readMemoryBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => {
    const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kib) * 1024;
  });
}

/** The 1-minute load average of the machine. */
export function readLoadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}

function readTicks(pid: number | 'self'): { readonly own: number; readonly ended: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses can contain anything; the fields after it are numbered from 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return { own: field(14) + field(15), ended: field(16) + field(17) };
}

function sum(pids: readonly number[], read: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + read(pid), 0);
}
