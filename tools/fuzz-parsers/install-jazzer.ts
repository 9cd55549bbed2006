import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../scripts/user-error.ts';

/** Not a devDependency, because it brings a hundred packages (31 MB) that the tests do not need. */
const JAZZER = '@jazzer.js/core@4.0.0';

/**
 * Installs the fuzzer into `directory`, if it is not installed.
 * @returns the path of its script, which Node runs
 * @throws UserError if it cannot be installed or does not run on this system
 */
export function installJazzer(directory: string): string {
  const cli = join(directory, 'node_modules', '@jazzer.js', 'core', 'dist', 'cli.js');
  if (!existsSync(cli)) {
    console.log(`Installing ${JAZZER} into ${directory} (only the first time).`);
    mkdirSync(directory, { recursive: true });
    // The package includes its binaries, so no install script has to run.
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
