/** Lines wait this long for others, so that a busy process writes many at once. */
const DELAY_MS = 20;
const MAX_LINES = 256;

/**
 * Returns a function that writes lines in groups: each write costs a system call and wakes a reader.
 * A process that is killed loses the lines of its last moment, and no record.
 * @param keepAlive lets a promise settle after the request that made it has ended (waitUntil)
 */
export function createLogWriter(
  write: (lines: string) => void,
  keepAlive: (promise: Promise<unknown>) => void,
): (line: string) => void {
  let waiting: string[] = [];

  function flush(): void {
    if (waiting.length === 0) return;
    const lines = waiting.join('\n');
    waiting = [];
    write(lines);
  }

  return (line) => {
    waiting.push(line);
    if (waiting.length >= MAX_LINES) flush();
    else if (waiting.length === 1) keepAlive(sleep(DELAY_MS).then(flush));
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
