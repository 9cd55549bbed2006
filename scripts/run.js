// Runs a script of this directory: `node scripts/run.js start`. It is JavaScript, so that any Node can
// start it and say what is missing; the scripts themselves need the Node that npm ci installs.
import { existsSync } from 'node:fs';

const [, , name, ...args] = process.argv;
const installed = ['wrangler', 'node'].every((each) =>
  existsSync(new URL(`../node_modules/${each}/package.json`, import.meta.url)),
);

if (!installed) {
  console.error('The dependencies are not installed. Run this first:\n\n  npm ci\n');
  process.exitCode = 1;
} else if (!process.features.typescript) {
  console.error(
    `Node ${process.versions.node} cannot run this. Run it by npm, which uses the Node that npm ci installs. If you do, that Node is not complete: run npm ci again, without --ignore-scripts.`,
  );
  process.exitCode = 1;
} else {
  const script = new URL(`./${name}.ts`, import.meta.url);
  process.argv = [process.argv[0], script.pathname, ...args];
  await import(script.href);
}
