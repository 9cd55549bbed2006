import { env } from 'cloudflare:workers';
import { ROOT_ACCOUNT_ID } from '../../../src/access/principal.ts';
import { createSealer } from '../../../src/keys/sealing.ts';
import { createPolicies, type Policies } from '../../../src/policy/policies.ts';
import { createPolicyStore } from '../../../src/store/policy.ts';
import type { AcmeKey } from '../../acme/jws.ts';
import { encodeBase64url } from '../../acme/jws.ts';
import { type CsrOptions, der, dnsName, makeCsrDer } from '../../make-csr.ts';
import type { LiveWorker, Received } from '../live.ts';
import { AcmeClient, createEabKey } from './acme-client.ts';

/** What the orders of the tests may be for. */
export const RULES = {
  dnsNames: [
    { name: 'internal.test', match: 'any-depth', wildcards: true, acme: 'pre-authorized' },
    { name: 'proven.test', match: 'any-depth', wildcards: true, acme: 'prove' },
  ],
  ipRanges: [
    { range: '10.0.0.0/8', acme: 'pre-authorized' },
    { range: '2001:db8::/32', acme: 'prove' },
  ],
};

const PRINCIPAL = { accountId: ROOT_ACCOUNT_ID, actor: 'test', grant: null, policyId: null };
const REQUEST = { requestId: 'test', remoteAddress: null, country: null };

export function openPolicies(live: LiveWorker): Policies {
  const key = Uint8Array.fromBase64(String(env.SEALING_KEY));
  return createPolicies({
    store: createPolicyStore(live.db),
    secrets: { refresh: async (principal) => principal },
    sealer: createSealer(new Map([[1, key]])),
    configuredPolicyId: null,
    clock: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
}

export async function createPolicy(live: LiveWorker, rules: unknown = RULES): Promise<string> {
  const policy = { accountId: null, name: 'for ACME', rules };
  return (await openPolicies(live).create(PRINCIPAL, policy, REQUEST)).id;
}

export async function changePolicy(live: LiveWorker, id: string, rules: unknown): Promise<void> {
  await openPolicies(live).update(PRINCIPAL, id, { rules }, REQUEST);
}

/** A client with an account whose policy has these rules. */
export async function openBound(
  live: LiveWorker,
  rules: unknown = RULES,
  fields: object = {},
  key?: AcmeKey,
): Promise<AcmeClient> {
  return openWith(live, await createPolicy(live, rules), fields, key);
}

export async function openWith(
  live: LiveWorker,
  policyId: string,
  fields: object = {},
  key?: AcmeKey,
): Promise<AcmeClient> {
  const client = await AcmeClient.open(live, key);
  const eab = await createEabKey(live, { policyId, ...fields });
  const { status, text } = await client.register(eab);
  if (status !== 201) throw new Error(`no account: ${text}`);
  return client;
}

export function order(
  client: AcmeClient,
  names: readonly string[],
  fields: object = {},
): Promise<Received> {
  return client.post(`${client.base}/new-order`, {
    identifiers: names.map(toIdentifier),
    ...fields,
  });
}

export function toIdentifier(name: string): { readonly type: string; readonly value: string } {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name };
}

export async function makeCsr(names: readonly string[], options: CsrOptions = {}): Promise<string> {
  const subjectAltNames = names.map((name) =>
    toIdentifier(name).type === 'dns' ? dnsName(name) : ipName(name),
  );
  return encodeBase64url(await makeCsrDer({ subjectAltNames, ...options }));
}

/** @param address in dotted decimal */
export function ipName(address: string): Uint8Array {
  return der(0x87, Uint8Array.from(address.split('.'), Number));
}

export async function finalize(
  client: AcmeClient,
  { json }: Received,
  csr: string,
): Promise<Received> {
  return client.post(String(json.finalize), { csr });
}

/** A whole order with pre-authorized names. */
export async function obtain(
  client: AcmeClient,
  names: readonly string[],
  fields: object = {},
  options: CsrOptions = {},
): Promise<{ readonly order: Received; readonly pem: string }> {
  const ordered = await order(client, names, fields);
  if (ordered.status !== 201) throw new Error(`no order: ${ordered.text}`);
  const finalized = await finalize(client, ordered, await makeCsr(names, options));
  if (finalized.status !== 200) throw new Error(`not finalized: ${finalized.text}`);
  const downloaded = await client.post(String(finalized.json.certificate));
  if (downloaded.status !== 200) throw new Error(`no certificate: ${downloaded.text}`);
  return { order: finalized, pem: downloaded.text };
}

/** The subjects of the certificates that ACME clients got. */
export async function listSubjects(live: LiveWorker): Promise<unknown[]> {
  const { results } = await live.db
    .prepare("SELECT subject FROM certificates WHERE origin = 'acme' ORDER BY issued_at_ms")
    .all();
  return results.map(({ subject }) => subject);
}
