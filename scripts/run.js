// Runs a script of this directory: `node scripts/run.js start`.
import './check-install.js';

const [, , name, ...args] = process.argv;
const script = new URL(`./${name}.ts`, import.meta.url);
process.argv = [process.argv[0], script.pathname, ...args];
await import(script.href);
