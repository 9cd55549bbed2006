import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.ts';
import { derivePem, deriveText } from './keys.ts';
import { OpenSsl } from './openssl.ts';
import { type Exchange, Recorder } from './recorder.ts';
import { recordAccounts } from './scenario/accounts.ts';
import { recordAdministration } from './scenario/administration.ts';
import { recordAuthorities } from './scenario/authorities.ts';
import { recordBce } from './scenario/bce.ts';
import { recordBodies, recordSites } from './scenario/bodies.ts';
import { recordBroken } from './scenario/broken.ts';
import { recordRpcSignatures, recordThrottling } from './scenario/cas.ts';
import { recordRpcActions } from './scenario/cas-actions.ts';
import { recordIssuing } from './scenario/certificates.ts';
import { recordInstances } from './scenario/external-ca.ts';
import { recordInventory } from './scenario/inventory.ts';
import { recordOpenSslCa } from './scenario/openssl-ca.ts';
import { recordPublishing } from './scenario/publish.ts';
import { recordRevocations } from './scenario/revocations.ts';
import { recordAssets, recordRoutes } from './scenario/routes.ts';
import { migrate, startServer } from './server.ts';

const ROOT = { id: 'root-wire', secret: deriveText('root access key', 40) };
const SHARED_SECRET = deriveText('shared secret', 32);

const ROOT_SECRETS = { ROOT_ACCESS_KEY_ID: ROOT.id, ROOT_ACCESS_KEY_SECRET: ROOT.secret };
const ALL_SECRETS = {
  ...ROOT_SECRETS,
  CA_KEY: derivePem('root CA').trim(),
  CA_KEY_SECOND: derivePem('second CA').trim(),
  SEALING_KEY: Buffer.from(deriveText('sealing key', 32)).toString('base64'),
  OPENSSL_CA_SECRET: SHARED_SECRET,
};
const VARS = { PUBLICATION_URL: 'http://pki.example.test', PUBLIC_URL: 'https://ca.example.test' };

const PARTS: readonly (readonly [name: string, run: (client: Client) => Promise<void>])[] = [
  ['routes', recordRoutes],
  ['assets', recordAssets],
  ['bodies', recordBodies],
  ['sites', recordSites],
  ['accounts', recordAccounts],
  ['issuing', recordIssuing],
  ['revocations', recordRevocations],
  ['authorities', recordAuthorities],
  ['inventory', recordInventory],
  ['instances', recordInstances],
  ['openssl-ca', recordOpenSslCa],
  ['bce', recordBce],
  ['cas signatures', recordRpcSignatures],
  ['cas actions', recordRpcActions],
  ['publishing', recordPublishing],
  ['administration', recordAdministration],
  ['throttling', recordThrottling],
];

/** Runs the whole scenario against the Worker of `project` and writes what it answered to `file`. */
export async function recordProject(project: string, file: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-wire-'));
  const recorder = new Recorder();
  const openssl = new OpenSsl(join(directory, 'openssl'));
  const client = new Client(recorder, openssl, { root: ROOT, sharedSecret: SHARED_SECRET });
  try {
    console.log('applying migrations');
    const migrated = join(directory, 'migrated');
    migrate(project, migrated);
    const worlds = [
      { name: 'main', secrets: ALL_SECRETS, vars: VARS, state: migrated, parts: PARTS },
      {
        name: 'without secrets',
        secrets: ROOT_SECRETS,
        vars: { ...VARS, BCE_FIELD_CASE: 'lower' },
        state: migrated,
        parts: [['all', recordBroken]] as const,
      },
      {
        name: 'without tables',
        secrets: ALL_SECRETS,
        vars: VARS,
        state: null,
        parts: [['all', recordBroken]] as const,
      },
    ];
    for (const [index, { name, secrets, vars, state, parts }] of worlds.entries()) {
      const place = join(directory, `world-${index}`);
      const server = await startServer({ project, directory: place, secrets, vars, state });
      try {
        recorder.enter(name, server.port);
        for (const [part, run] of parts) {
          await run(client);
          console.log(`${name}: ${part}, ${recorder.exchanges.length} exchanges so far`);
        }
      } finally {
        await server.stop();
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  writeFileSync(file, `${JSON.stringify(recorder.exchanges, null, 1)}\n`);
  console.log(`\n${file}: ${recorder.exchanges.length} exchanges.`);
  console.log(`Error codes: ${listCodes(recorder.exchanges).join(', ')}`);
}

/** The codes that error bodies of any dialect name. */
function listCodes(exchanges: readonly Exchange[]): readonly string[] {
  const codes = exchanges.flatMap(({ body }) =>
    body.flatMap((line) => /^ {2}"(?:code|Code)": "([^"]+)"/.exec(line)?.[1] ?? []),
  );
  return [...new Set(codes)].sort();
}
