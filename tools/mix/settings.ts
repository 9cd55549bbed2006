import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../scripts/free-port.ts';
import { makeSecrets } from '../../scripts/secrets.ts';
import { buildDist } from '../machine/build-dist.ts';
import { buildWorker } from '../worker/build-worker.ts';
import type { ServerSettings } from './start-server.ts';

/** Shared by all servers of one run. */
export interface RunSettings extends ServerSettings {
  /** A directory for this run. */
  readonly directory: string;
  readonly edgeTtlSeconds: number;
  /** The first log lines of errors. */
  readonly troubles: readonly string[];
  remove(): void;
}

const MAX_TROUBLES = 20;
const EDGE_TTL_SECONDS = 60;

/**
 * Bundles the Worker, and makes its secrets and its state directory.
 * @param processes of `signet serve`; null for Miniflare
 */
export async function prepareRun(
  name: string,
  processes: number | null = null,
): Promise<RunSettings> {
  const bundle = buildWorker();
  if (processes !== null) await buildDist();
  const directory = mkdtempSync(join(tmpdir(), `signet-${name}-`));
  const stateDirectory = join(directory, 'state');
  mkdirSync(stateDirectory, { mode: 0o700 });
  // Certificates and cache keys have this address, so it must stay the same while ports change.
  const origin = `http://127.0.0.1:${await findFreePort()}`;
  const troubles: string[] = [];
  return {
    bundle,
    processes,
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
