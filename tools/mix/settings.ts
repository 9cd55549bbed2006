import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../scripts/free-port.ts';
import { makeSecrets } from '../../scripts/secrets.ts';
import { buildWorker } from '../worker/build-worker.ts';
import type { ServerSettings } from './start-server.ts';

/** Everything that servers of one run have in common. */
export interface RunSettings extends ServerSettings {
  /** A directory of the run's own. */
  readonly directory: string;
  readonly edgeTtlSeconds: number;
  /** Log lines of errors, the first few. */
  readonly troubles: readonly string[];
  remove(): void;
}

const MAX_TROUBLES = 20;
const EDGE_TTL_SECONDS = 60;

/** Builds the Worker as it is deployed, and makes its secrets and the place of its records. */
export async function prepareRun(name: string): Promise<RunSettings> {
  const bundle = buildWorker();
  const directory = mkdtempSync(join(tmpdir(), `signet-${name}-`));
  const stateDirectory = join(directory, 'state');
  mkdirSync(stateDirectory);
  // The address in certificates and in the keys of the cache must outlive the ports of the servers.
  const origin = `http://127.0.0.1:${await findFreePort()}`;
  const troubles: string[] = [];
  return {
    bundle,
    vars: {
      PUBLICATION_URL: origin,
      PUBLIC_URL: origin,
      EDGE_TTL_SECONDS: String(EDGE_TTL_SECONDS),
      INVENTORY_QUOTA: '1000000',
    },
    secrets: { ...makeSecrets() },
    stateDirectory,
    directory,
    edgeTtlSeconds: EDGE_TTL_SECONDS,
    troubles,
    takeTrouble(line) {
      if (troubles.length < MAX_TROUBLES) troubles.push(line);
    },
    remove() {
      for (const path of [bundle.directory, directory])
        rmSync(path, { recursive: true, force: true });
    },
  };
}
