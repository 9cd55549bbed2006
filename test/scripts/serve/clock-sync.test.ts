import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readClockSync } from '../../../scripts/serve/clock-sync.ts';
import { makeWorkDirectory } from '../../interop/work-directory.ts';

const work = makeWorkDirectory();
afterAll(() => work.remove());

let programs = 0;
/** A timedatectl that answers like this. */
function makeProgram(script: string): string {
  const path = work.write(`timedatectl-${++programs}`, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('readClockSync', () => {
  const noMark = join(work.path, 'no-mark');
  const mark = work.write('synchronized', '');
  const answers = (text: string) =>
    makeProgram(
      `[ "$*" = "show --property=NTPSynchronized --value" ] && echo ${text} || echo "? $*"`,
    );
  const noSystemd = makeProgram('echo "System has not been booted with systemd" >&2; exit 1');
  const noProgram = join(work.path, 'no-program');

  it.each([
    ['systemd says so', answers('yes'), noMark, 'synchronized'],
    ['systemd denies it', answers('no'), noMark, 'not synchronized'],
    ['systemd-timesyncd has set it', noSystemd, mark, 'synchronized'],
    ['systemd does not run', noSystemd, noMark, 'unknown'],
    ['systemd is not installed', noProgram, noMark, 'unknown'],
    ['systemd is too old to say it', makeProgram('exit 0'), noMark, 'unknown'],
  ])('tells whether the clock is kept right: %s', (_, timedatectl, timesyncdMark, expected) => {
    expect(readClockSync({ timedatectl, timesyncdMark })).toBe(expected);
  });
});
