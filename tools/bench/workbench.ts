import { rmSync } from 'node:fs';
import { buildWorker, type WorkerBundle } from '../worker/build-worker.ts';
import { type RunningServer, serveBundle } from '../worker/serve-bundle.ts';

/** A bundled Worker and the server that runs it. */
export interface Workbench {
  readonly bundle: WorkerBundle;
  readonly server: RunningServer;
  readonly port: number;
  stop(): Promise<void>;
}

/** @param entry the Worker's first module, relative to the project's root */
export async function setUpWorkbench(entry: string): Promise<Workbench> {
  const bundle = buildWorker(entry);
  const server = await serveBundle(bundle);
  return {
    bundle,
    server,
    port: Number(new URL(server.url).port),
    async stop() {
      await server.stop();
      rmSync(bundle.directory, { recursive: true, force: true });
    },
  };
}

/** Returns the root access key in the form of HTTP Basic. */
export function basicCredentials({ server }: Workbench): string {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
  return Buffer.from(`${id}:${secret}`).toString('base64');
}
