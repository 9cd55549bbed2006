import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { createOnce, formatDevVars } from './dev-vars.ts';
import {
  fetchCaCertificate,
  type ImportReport,
  RefusedError,
  sendHistory,
} from './import-client.ts';
import { type LocalServer, startLocalServer } from './local-server.ts';
import { locateState, showPath } from './local-state.ts';
import { makeDirectory } from './make-directory.ts';
import type { OpensslCaDirectory } from './openssl-ca-directory.ts';
import { makeSecrets } from './secrets.ts';
import { UserError } from './user-error.ts';

type State = ReturnType<typeof locateState>;

/** Imports into the CA that `npm start` runs on this machine, and makes that CA if there is none. */
export async function importLocally(directory: OpensslCaDirectory): Promise<ImportReport> {
  const state = locateState(process.env.SIGNET_STATE);
  const created = takeOverKey(state, directory);
  const { ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_ACCESS_KEY_SECRET: accessKeySecret } = parseEnv(
    readFileSync(state.devVars, 'utf8'),
  );
  if (!accessKeyId || !accessKeySecret) {
    throw new UserError(
      `${showPath(state.devVars)} lacks ROOT_ACCESS_KEY_ID or ROOT_ACCESS_KEY_SECRET: add both.`,
    );
  }
  if (process.stdout.isTTY) console.log('Starting a local Signet for the import …');
  const server = await startLocalServer(process.env.SIGNET_STATE);
  try {
    await checkCaCertificate(server, state, directory, created);
    const target = { url: server.url, accessKeyId, accessKeySecret };
    return await sendHistory(target, directory);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'authority-unavailable') throw error;
    const cause = (await server.findLoggedCause()) ?? 'see ca_server.log';
    throw new UserError(
      `Signet cannot sign with the secrets in ${showPath(state.devVars)}: ${cause}`,
    );
  } finally {
    await server.stop();
  }
}

/** Writes the old CA's key and certificate into a new variables file. Returns false if one exists. */
function takeOverKey(state: State, { ca }: OpensslCaDirectory): boolean {
  makeDirectory(state.base);
  const values = { ...makeSecrets(), CA_KEY: ca.keyPem, CA_CERT: ca.certificatesPem };
  if (createOnce(state.devVars, formatDevVars(values, 'npm run import'))) return true;
  const held = parseEnv(readFileSync(state.devVars, 'utf8')).CA_KEY;
  if (!held || !isSameKey(held, ca.key)) {
    throw new UserError(
      `${showPath(state.devVars)} has the key of another CA and was not changed.${describeWaysOut(state)}`,
    );
  }
  return false;
}

function isSameKey(pem: string, key: KeyObject): boolean {
  try {
    return createPublicKey(createPrivateKey(pem)).equals(createPublicKey(key));
  } catch {
    return false;
  }
}

async function checkCaCertificate(
  server: LocalServer,
  state: State,
  { ca }: OpensslCaDirectory,
  created: boolean,
): Promise<void> {
  const published = await fetchCaCertificate(server.url);
  if (published !== null && Buffer.compare(published, ca.certificateDer) === 0) return;
  // Nothing was issued with the file of this run; the next run may get better input.
  if (created) rmSync(state.devVars);
  if (published !== null) {
    const storage = existsSync(state.storage) ? showPath(state.storage) : 'The state';
    throw new UserError(`${storage} has the records of another CA.${describeWaysOut(state)}`);
  }
  const cause = (await server.findLoggedCause()) ?? 'see ca_server.log';
  throw new UserError(`Signet cannot take this CA over: ${cause}`);
}

function describeWaysOut(state: State): string {
  return `

To run the imported CA beside it, give it its own state, now and at every later start:

  SIGNET_STATE=$HOME/imported-ca npm run import -- DIR
  SIGNET_STATE=$HOME/imported-ca npm start

To replace the existing CA, move ${showPath(state.devVars)} and ${showPath(state.storage)} away and run this again.`;
}
