import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControls } from './terminal.ts';
import { createOutputReader, shortenRecord } from './wrangler-output.ts';

type LogRecord = Readonly<Record<string, unknown>>;

const HEALTH_ROUTE = '/healthz';
/** A log line passes through three processes, so it arrives after the answer. */
const LOG_TIMEOUT_MS = 5000;
const POLL_INTERVAL_MS = 50;

export interface ShownOutput {
  /** Returns the first log record of /healthz, the one of the start; null if it does not arrive. */
  waitForHealth(): Promise<LogRecord | null>;
  /** Hides the next log record of a route, which is of an own request. Ends when it arrives. */
  hideNext(route: string): Promise<void>;
}

/** Shows the output of wrangler, and writes the log records of the Worker into a file. */
export function showOutput(
  streams: readonly { readonly from: Readable; readonly to: NodeJS.WritableStream }[],
  logPath: string,
): ShownOutput {
  let health: LogRecord | null = null;
  let hidden: readonly { readonly route: string; readonly done: () => void }[] = [];
  for (const { from, to } of streams) {
    const readLine = createOutputReader();
    createInterface({ input: from }).on('line', (line) => {
      const part = readLine(line);
      if (part === null) return;
      if (part.kind === 'text') {
        to.write(`${part.text}\n`);
        return;
      }
      const { record } = part;
      appendFileSync(logPath, `${escapeControls(JSON.stringify(record))}\n`, { mode: 0o600 });
      const own = hidden.find(({ route }) => route === record.route);
      if (health === null && record.route === HEALTH_ROUTE) health = record;
      else if (own !== undefined) own.done();
      else to.write(`${shortenRecord(record, new Date())}\n`);
    });
  }
  return {
    async waitForHealth() {
      for (let waitedMs = 0; health === null && waitedMs < LOG_TIMEOUT_MS; ) {
        await sleep(POLL_INTERVAL_MS);
        waitedMs += POLL_INTERVAL_MS;
      }
      return health;
    },
    hideNext(route) {
      return new Promise((resolve) => {
        const own = { route, done };
        const timer = setTimeout(done, LOG_TIMEOUT_MS);
        function done() {
          clearTimeout(timer);
          hidden = hidden.filter((each) => each !== own);
          resolve();
        }
        hidden = [...hidden, own];
      });
    },
  };
}
