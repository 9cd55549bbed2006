import { DATABASE_BINDING } from './project.ts';
import { findConfigProblems } from './read-deploy-settings.ts';
import { runCommand, UserError } from './user-error.ts';
import { runWranglerInteractively } from './wrangler.ts';

await runCommand(async () => {
  const problems = findConfigProblems();
  if (problems.length > 0) {
    throw new UserError(
      `wrangler.toml is not ready for a deployment.\n\n${problems.join('\n\n')}\n`,
    );
  }
  return (
    runWranglerInteractively(['d1', 'migrations', 'apply', DATABASE_BINDING, '--remote']) ||
    runWranglerInteractively(['deploy', ...process.argv.slice(2)])
  );
});
