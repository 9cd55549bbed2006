// Says that npm ci must run first. The scripts of package.json run it before anything that npm ci
// installs. It is JavaScript, so that any Node can run it.
import { existsSync } from 'node:fs';

const isInstalled = ['wrangler', 'node'].every((each) =>
  existsSync(new URL(`../node_modules/${each}/package.json`, import.meta.url)),
);

if (!isInstalled) {
  console.error('The dependencies are not installed. Run this first: npm ci');
  process.exit(1);
}
if (!process.features.typescript) {
  console.error(
    `Node ${process.versions.node} cannot run this. Run it by npm, which uses the Node that npm ci installs. If you do, that Node is not complete: run npm ci again, without --ignore-scripts.`,
  );
  process.exit(1);
}
