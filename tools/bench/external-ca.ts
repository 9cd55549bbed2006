import { type RunningServer, serveBundle } from '../worker/serve-bundle.ts';
import { readCsrPem, readKeyPem } from './fixtures.ts';
import { encodeRequest } from './http-client.ts';
import type { LoadGenerator } from './load.ts';
import type { Row, Section } from './report.ts';
import { type SignedCall, signCall } from './sign-acs.ts';
import { median } from './statistics.ts';
import type { Workbench } from './workbench.ts';

const CONNECTIONS = 16;
const ROUNDS = 9;
const REQUESTS_PER_ROUND = 48;
/** None is the key of the CSR, because a CA does not certify its own key. */
const CA_KEYS = [
  ['P-256', readKeyPem('private-keys', 'prime256v1-pkcs8')],
  ['P-384', readKeyPem('keys', 'p-384')],
  ['P-521', readKeyPem('keys', 'p-521')],
  ['RSA-2048', readKeyPem('keys', 'rsa-2048')],
  ['RSA-4096', readKeyPem('keys', 'rsa-4096')],
  ['Ed25519', readKeyPem('keys', 'ed25519')],
] as const;

/** Measures CreateExternalCACertificate for each CA key; each call has its own instance and nonce. */
export async function measureExternalCa(load: LoadGenerator, signet: Workbench): Promise<Section> {
  const rows: Row[] = [];
  for (const [name, pem] of CA_KEYS) {
    const server = await serveBundle(signet.bundle, { secrets: { CA_KEY: pem } });
    try {
      rows.push({
        name: `with a CA key of ${name}`,
        value: await measureRate(load, server),
        unit: '/s',
      });
    } finally {
      await server.stop();
    }
  }
  return { title: 'CreateExternalCACertificate', rows };
}

async function measureRate(load: LoadGenerator, server: RunningServer): Promise<number> {
  const port = Number(new URL(server.url).port);
  const rates: number[] = [];
  // The first round creates the authority and warms the Worker, so it does not count.
  for (let round = 0; round <= ROUNDS; round++) {
    const count = round === 0 ? CONNECTIONS : REQUESTS_PER_ROUND;
    const ids = await Promise.all(Array.from({ length: count }, () => createInstance(server)));
    const request = ids.map((id) => encodeRequest(signCreation(server, '127.0.0.1', id)));
    const target = { port, expectedStatus: 200, request };
    if (round === 0) await (await fetch(`${server.url}/ca/default.crt`)).body?.cancel();
    const rate = await load.measureRate(target, CONNECTIONS, ids.length);
    if (round > 0) rates.push(rate);
  }
  return median(rates);
}

async function createInstance({ url, secrets }: RunningServer): Promise<string> {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = secrets;
  const answer = await fetch(`${url}/api/v1/external-ca-instances`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
  });
  if (answer.status !== 201) throw new Error(await answer.text());
  const { instanceId }: { readonly instanceId: string } = await answer.json();
  return instanceId;
}

/** Creates an instance and returns the call that uses it. */
export async function prepareCreation(server: RunningServer, host: string) {
  return signCreation(server, host, await createInstance(server));
}

/** Returns a call signed with the root access key. */
export function signAction(
  { secrets }: RunningServer,
  host: string,
  action: string,
  parameters: Readonly<Record<string, string>>,
): SignedCall {
  const { ROOT_ACCESS_KEY_ID: id = '', ROOT_ACCESS_KEY_SECRET: secret = '' } = secrets;
  return signCall({ id, secret }, host, action, parameters);
}

function signCreation(server: RunningServer, host: string, InstanceId: string) {
  const Csr = readCsrPem('p-256-sha256');
  const parameters = { InstanceId, Csr, Validity: '1y' };
  return signAction(server, host, 'CreateExternalCACertificate', parameters);
}
