import { isMainThread } from 'node:worker_threads';

// Loaded into wrangler by --import. A parent that was killed cannot end its children, so each of them
// ends itself: a server without `npm start` would hold its port for ever.
const INTERVAL_MS = 500;
const GRACE_MS = 5000;

if (isMainThread) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), GRACE_MS).unref();
  }, INTERVAL_MS);
  timer.unref();
}
