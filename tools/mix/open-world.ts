import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRequest, LeanConnection } from '../bench/http-client.ts';
import { createFindings } from './findings.ts';
import { Ledger } from './ledger.ts';
import { ListWatch } from './list-watch.ts';
import type { World } from './operation.ts';
import type { Random } from './random.ts';
import { readListIssuer } from './read-list.ts';
import type { RunSettings } from './settings.ts';
import type { ServerProcess } from './start-server.ts';

/** Prepares what the operations share for a new server. */
export async function openWorld(
  { port }: ServerProcess,
  { secrets, directory, edgeTtlSeconds }: RunSettings,
  random: Random,
): Promise<World> {
  const connection = await LeanConnection.open(port);
  const { status, body } = await connection.ask(encodeRequest({ path: '/ca/default.pem' }));
  connection.close();
  const caCertificate = body.toString();
  if (status !== 200) throw new Error(`The server answered ${status}: ${caCertificate}`);
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, caCertificate);
  const findings = createFindings();
  return {
    random,
    secrets,
    caCertificate,
    caFile,
    edgeTtlSeconds,
    findings,
    ledger: new Ledger(),
    lists: new ListWatch(readListIssuer(caCertificate), findings),
  };
}
