import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { requireTool, tryRun } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const UNIT = join(PROJECT_DIR, 'packaging/systemd/signet.service');
const analyze = requireTool('systemd-analyze');

describe.skipIf(analyze.missing)(analyze.title('the systemd unit'), () => {
  const work = makeWorkDirectory();
  afterAll(() => work.remove());

  it('has no setting that systemd does not know', () => {
    // The program of the unit is not installed here.
    const text = readFileSync(UNIT, 'utf8').replace('/usr/local/bin/signet', '/bin/true');
    const { stderr } = tryRun('systemd-analyze', [
      ...['verify', '--man=no', work.write('signet.service', text)],
    ]);
    // It also tells of other units of this machine.
    expect(stderr.split('\n').filter((line) => line.includes('signet.service'))).toEqual([]);
  });

  it('exposes at most 2.0 of 10 by the count of systemd-analyze', () => {
    const { code, stdout } = tryRun('systemd-analyze', [
      ...['security', '--offline=true', '--threshold=20', '--no-pager', UNIT],
    ]);
    expect(stdout).toContain('Overall exposure level');
    expect(code, stdout).toBe(0);
  });
});
