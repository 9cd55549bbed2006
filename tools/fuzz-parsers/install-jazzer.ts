import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../scripts/user-error.ts';

/** Not among the devDependencies: a hundred packages, 31 MB, and needed by nobody who only tests. */
const JAZZER = '@jazzer.js/core@4.0.0';

/**
 * Installs the fuzzer into `directory` where it is not there yet.
 * @returns the path of its command, to be run by Node
 * @throws UserError where it cannot be installed or does not run on this system
 */
export function installJazzer(directory: string): string {
  const cli = join(directory, 'node_modules', '@jazzer.js', 'core', 'dist', 'cli.js');
  if (!existsSync(cli)) {
    console.log(`Installing ${JAZZER} into ${directory}, this once.`);
    mkdirSync(directory, { recursive: true });
    // Its binaries are in the package: nothing is built, no script runs.
    const args = ['install', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund'];
    const options = { stdio: 'inherit', shell: process.platform === 'win32' } as const;
    const { status } = spawnSync('npm', [...args, JAZZER], options);
    if (status !== 0) throw new UserError(`${JAZZER} could not be installed.`);
  }
  const probe = spawnSync(process.execPath, [cli, '--version'], { encoding: 'utf8' });
  if (probe.status === 0) return cli;
  const reason = /^.*Error: .*$/m.exec(probe.stderr)?.[0] ?? probe.stderr.slice(-500);
  throw new UserError(
    `${JAZZER} does not run here; on Linux it needs glibc 2.38 or newer (Ubuntu 24.04, Debian 13). ${reason}`,
  );
}
