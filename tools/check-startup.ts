import { MAX_START_UP_MS, measureStartUp } from './worker/measure-start-up.ts';

const startUpMs = measureStartUp();
console.log(`Start-up: ${startUpMs.toFixed(1)} ms of CPU time (limit ${MAX_START_UP_MS} ms)`);
if (startUpMs > MAX_START_UP_MS) {
  console.error(
    'The Worker does too much on import. `npx wrangler check startup` writes a CPU profile.',
  );
  process.exitCode = 1;
}
