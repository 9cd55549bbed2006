import { findConfigProblems } from './read-deploy-settings.ts';
import { runCommand } from './user-error.ts';
import { runWranglerInteractively } from './wrangler.ts';

await runCommand(async () => {
  const code = runWranglerInteractively(['deploy', '--dry-run', ...process.argv.slice(2)]);
  if (code !== 0) return code;
  const problems = findConfigProblems();
  if (problems.length > 0) {
    console.log(
      `\nThe bundle is ready. wrangler.toml is not yet: before \`npm run deploy\`, correct this.\n\n${problems.join('\n\n')}\n`,
    );
  }
  return 0;
});
