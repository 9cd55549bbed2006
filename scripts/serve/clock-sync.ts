import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export type ClockSync = 'synchronized' | 'not synchronized' | 'unknown';

export interface ClockSources {
  /** The program that asks systemd, which asks the kernel whether anything keeps the clock right. */
  readonly timedatectl: string;
  /** The file that systemd-timesyncd makes once it has set the clock. */
  readonly timesyncdMark: string;
}

const SOURCES: ClockSources = {
  timedatectl: 'timedatectl',
  timesyncdMark: '/run/systemd/timesync/synchronized',
};
const TIMEOUT_MS = 5000;

/** Finds out whether this machine's clock is kept right, by chrony, systemd-timesyncd or another program. */
export function readClockSync({ timedatectl, timesyncdMark }: ClockSources = SOURCES): ClockSync {
  const { status, stdout } = spawnSync(
    timedatectl,
    ['show', '--property=NTPSynchronized', '--value'],
    { encoding: 'utf8', timeout: TIMEOUT_MS },
  );
  // Without systemd, as in a container, it fails.
  const answer = status === 0 ? stdout.trim() : '';
  if (answer === 'yes' || existsSync(timesyncdMark)) return 'synchronized';
  return answer === 'no' ? 'not synchronized' : 'unknown';
}
