import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildDist } from '../../tools/machine/build-dist.ts';
import { buildWorker } from '../../tools/worker/build-worker.ts';

/** Builds the Worker once for all interop tests: as it is deployed, and for `signet serve`. */
export default async function setup(project: TestProject): Promise<() => void> {
  // wrangler writes the public files that dist/ copies.
  const bundle = buildWorker();
  await buildDist();
  project.provide('bundle', bundle);
  project.provide('tls', makeTlsFiles(bundle.directory));
  return () => rmSync(bundle.directory, { recursive: true, force: true });
}

/** Makes a self-signed certificate. Without openssl, the files are missing. */
function makeTlsFiles(directory: string) {
  const files = { certificate: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', files.key, '-out', files.certificate],
  ]);
  return files;
}
