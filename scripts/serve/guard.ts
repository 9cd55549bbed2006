import { spawn } from 'node:child_process';

/**
 * Ends processes when this one is gone, also if it was killed. It reads one line of process ids at a
 * time; when its input closes, it ends those of the last line, at first gently.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=
while read -r line; do pids=$line; done
kill $pids 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for pid in $pids; do kill -0 "$pid" 2>/dev/null && left="$left $pid"; done
  [ -n "$left" ] || exit 0
  sleep 0.5
done
kill -9 $left 2>/dev/null
`;

/** Returns a function that takes the ids of all processes that must not outlive this one. */
export function startGuard(): (pids: readonly number[]) => void {
  const guard = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  // Without a guard, processes outlive a launcher that was killed; nothing else is lost.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  return (pids) => {
    guard.stdin.write(`${pids.join(' ')}\n`);
  };
}
