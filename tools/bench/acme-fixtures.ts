import acme from 'acme-client';
import type { ExternalAccountKey } from '../acme/session.ts';
import type { RunningServer } from '../worker/serve-bundle.ts';

export const NAME = { type: 'dns', value: 'bench.example.test' };
/** Every server validates it without a resolver. */
export const LOOPBACK = { type: 'ip', value: '127.0.0.1' };

/** Returns a CSR with a new key, base64url of DER. */
export async function makeCsr({ value }: { readonly value: string }): Promise<string> {
  const [, csr] = await acme.crypto.createCsr({ altNames: [value] });
  return acme.crypto.getPemBodyAsB64u(csr);
}

/** Creates a policy for both identifiers, and a key for external account binding. */
export async function makeEabKey(
  server: RunningServer,
  proof: 'pre-authorized' | 'prove',
): Promise<ExternalAccountKey> {
  async function create(path: string, body: object): Promise<Record<string, string>> {
    const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const created: Record<string, string> = await response.json();
    return created;
  }
  const rules = {
    dnsNames: [{ name: NAME.value, match: 'exact', acme: proof }],
    ipRanges: [{ range: `${LOOPBACK.value}/32`, acme: proof }],
  };
  const policy = await create('/api/v1/policies', { name: proof, rules });
  const { id, macKey } = await create('/api/v1/acme/eab-keys', {
    name: proof,
    policyId: policy.id,
  });
  if (id === undefined || macKey === undefined) throw new Error('There is no MAC key');
  return { id, macKey };
}
