import { createRequire } from 'node:module';
import { UserError } from '../user-error.ts';

/**
 * Returns the path of the workerd program in its package for this platform.
 * @throws UserError if it is not installed
 */
export function findWorkerd(): string {
  const { platform, arch } = process;
  const name = `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/workerd`);
  } catch {
    throw new UserError(
      `The package ${name} is not installed. Signet runs on Linux with glibc, on x64 and arm64. There, install Signet again with npm, and do not omit optional packages.`,
    );
  }
}
