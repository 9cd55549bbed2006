import { type AcmeKey, makeAcmeKey } from '../acme/jws.ts';
import { type AcmeClient, createEabKey, type EabCredentials } from '../http/acme/acme-client.ts';
import { createPolicy, makeCsr, obtain, openWith, order } from '../http/acme/orders.ts';
import type { LiveWorker, Received } from '../http/live.ts';
import { type AcmeTarget, type Resource, signKeyChange } from './hostile-acme-request.ts';

export const PRE_AUTHORIZED = 'a.internal.test';
/** Fewer than the open orders that an account may have. */
const MAX_USES = 250;

/** What an account has to work with: one object of each kind, in a state that permits a request. */
export interface AcmeSetting {
  readonly client: AcmeClient;
  readonly eab: EabCredentials;
  readonly usedNonce: string;
  readonly newKey: AcmeKey;
  readonly ready: Received;
  readonly csr: string;
  readonly pending: Received;
  readonly valid: Received;
  /** DER in base64url. */
  readonly certificate: string;
  /** How many requests were not refused: each may have left an open order. */
  readonly uses: number;
}

export async function openSetting(live: LiveWorker): Promise<AcmeSetting> {
  const policyId = await createPolicy(live);
  const client = await openWith(live, policyId);
  const eab = await createEabKey(live, { policyId });
  const usedNonce = await client.nonce();
  await client.post(String(client.account), undefined, { header: { nonce: usedNonce } });
  return {
    ...{ client, eab, usedNonce },
    newKey: await makeAcmeKey(),
    ...(await openReady(client)),
    pending: await openPending(client),
    ...(await openValid(client)),
    uses: 0,
  };
}

/** Replaces what a request that was not refused may have used up. */
export async function renewSetting(
  live: LiveWorker,
  setting: AcmeSetting,
  resource: Resource,
  answer: Received,
): Promise<AcmeSetting> {
  const { client } = setting;
  if (setting.uses === MAX_USES) return openSetting(live);
  if (answer.status === 429 || answer.json.status === 'deactivated') return openSetting(live);
  if (answer.status >= 300) return setting;
  const used = { ...setting, uses: setting.uses + 1 };
  switch (resource) {
    case 'finalize':
      return { ...used, ...(await openReady(client)) };
    case 'challenge':
      return { ...used, pending: await openPending(client) };
    case 'revoke-cert':
      return { ...used, ...(await openValid(client)) };
    case 'key-change':
      client.key = setting.newKey;
      return { ...used, newKey: await makeAcmeKey() };
    default:
      return used;
  }
}

/** Returns what a correct client would send to a resource. */
export async function aim(
  { client, eab, usedNonce, newKey, ready, csr, pending, valid, certificate }: AcmeSetting,
  resource: Resource,
  nonce: string,
): Promise<AcmeTarget> {
  const { key, base } = client;
  const account = String(client.account);
  const [authorization] = Array.isArray(pending.json.authorizations)
    ? pending.json.authorizations.map(String)
    : [];
  const challenge = authorization?.replace('/authz/', '/chall/');
  const [url, payload]: readonly [string, unknown?] = await {
    'new-account': async () =>
      [`${base}/new-account`, { externalAccountBinding: await client.bind(eab) }] as const,
    account: () => [account, {}] as const,
    'orders list': () => [`${account}/orders`] as const,
    'new-order': () =>
      [
        `${base}/new-order`,
        { identifiers: [{ type: 'dns', value: PRE_AUTHORIZED }], notAfter: null },
      ] as const,
    order: () => [String(ready.headers.get('Location'))] as const,
    finalize: () => [String(ready.json.finalize), { csr }] as const,
    authorization: () => [String(authorization)] as const,
    challenge: () => [`${challenge}/dns-01`, {}] as const,
    certificate: () => [String(valid.json.certificate)] as const,
    alternate: () => [`${valid.json.certificate}/1`] as const,
    'revoke-cert': () => [`${base}/revoke-cert`, { certificate, reason: 4 }] as const,
    'key-change': async () => {
      const url = `${base}/key-change`;
      return [url, await signKeyChange({ account, key, url }, newKey)] as const;
    },
  }[resource]();
  return { url, payload, account, key, nonce, usedNonce };
}

async function openOrder(client: AcmeClient, name: string): Promise<Received> {
  const answer = await order(client, [name]);
  if (answer.status !== 201) throw new Error(`no order: ${answer.text}`);
  return answer;
}

/** For a new name each time, because failed validations of one name are limited. */
function openPending(client: AcmeClient): Promise<Received> {
  return openOrder(client, `${crypto.randomUUID()}.proven.test`);
}

async function openReady(client: AcmeClient) {
  const ready = await openOrder(client, PRE_AUTHORIZED);
  return { ready, csr: await makeCsr([PRE_AUTHORIZED]) };
}

async function openValid(client: AcmeClient) {
  const { order: valid, pem } = await obtain(client, [PRE_AUTHORIZED]);
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)?.[1] ?? '';
  const certificate = Uint8Array.fromBase64(body).toBase64({
    alphabet: 'base64url',
    omitPadding: true,
  });
  return { valid, certificate };
}
