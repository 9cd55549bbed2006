import { startServe } from '../machine/run-serve.ts';
import { type RunningServer, serveBundle } from '../worker/serve-bundle.ts';
import type { ServerReport, ServerRequest } from './server-messages.ts';

/** Serves a bundle in a separate process, which can be killed with all its descendants. */

let server: RunningServer | null = null;

function report(message: ServerReport): void {
  if (process.connected) process.send?.(message);
}

async function answer(request: ServerRequest): Promise<void> {
  if (request.kind === 'start') {
    const { bundle, processes, ...settings } = request;
    const options = {
      ...settings,
      takeLog(line: string) {
        if (line.includes('"level":"error"')) report({ kind: 'trouble', line });
      },
    };
    server =
      processes === null
        ? await serveBundle(bundle, options)
        : await startServe({ ...options, processes });
    report({ kind: 'started', url: server.url });
    return;
  }
  const { id, sql, parameters } = request;
  const rows = (await server?.query(sql, ...parameters)) ?? [];
  report({ kind: 'rows', id, rows });
}

process.on('message', (request: ServerRequest) => {
  answer(request).catch((error: unknown) => {
    report({
      kind: 'failed',
      id: request.kind === 'query' ? request.id : null,
      reason: String(error),
    });
  });
});

// The parent process ended or asks this one to end.
process.on('disconnect', async () => {
  await server?.stop();
  process.exit();
});
// Ctrl-C reaches the whole process group; this process ends on the disconnect instead.
process.on('SIGINT', () => {});
