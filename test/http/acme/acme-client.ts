import { env } from 'cloudflare:workers';
import { type AcmeKey, makeAcmeKey, signBinding, signJws } from '../../acme/jws.ts';
import { createPolicy, openServices } from '../../policy/live-services.ts';
import type { LiveWorker, Received, Sending } from '../live.ts';

export const BASE = `${env.PUBLIC_URL}/acme/default`;
export const JOSE = 'application/jose+json';

/** The parts of a request that a test may change. */
export interface Changes {
  /** Added to the protected header; undefined removes a parameter. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly contentType?: string;
  readonly key?: AcmeKey;
}

export interface EabCredentials {
  readonly id: string;
  readonly macKey: string;
}

/** An ACME client that talks to the Worker and can also send what no client should. */
export class AcmeClient {
  readonly live: LiveWorker;
  key: AcmeKey;
  /** The URL of the account, once there is one. */
  account: string | null = null;
  readonly base: string;

  constructor(live: LiveWorker, key: AcmeKey, base = BASE) {
    this.live = live;
    this.key = key;
    this.base = base;
  }

  static async open(live: LiveWorker, key?: AcmeKey, base = BASE): Promise<AcmeClient> {
    return new AcmeClient(live, key ?? (await makeAcmeKey()), base);
  }

  /** The id of the account. */
  get id(): string {
    return this.account?.slice(`${this.base}/acct/`.length) ?? '';
  }

  async nonce(): Promise<string> {
    const { headers } = await this.send(`${this.base}/new-nonce`, { method: 'HEAD' });
    const nonce = headers.get('Replay-Nonce');
    if (nonce === null) throw new Error('no nonce');
    return nonce;
  }

  send(url: string, sending: Sending): Promise<Received> {
    return this.live.send(url.slice(env.PUBLIC_URL.length), { as: null, ...sending });
  }

  /** @param payload undefined for POST-as-GET */
  async post(url: string, payload?: unknown, changes: Changes = {}): Promise<Received> {
    const { key = this.key, header = {}, contentType = JOSE } = changes;
    const signer = this.account === null ? { jwk: key.jwk } : { kid: this.account };
    const whole = { ...signer, url, nonce: header.nonce ?? (await this.nonce()), ...header };
    const body = JSON.stringify(await signJws(key, whole, payload));
    return this.send(url, { method: 'POST', body, headers: { 'Content-Type': contentType } });
  }

  async bind({ id, macKey }: EabCredentials, changes: object = {}): Promise<object> {
    const header = { kid: id, url: `${this.base}/new-account`, ...changes };
    return signBinding(macKey, header, this.key.jwk);
  }

  /** Creates the account. */
  async register(eab: EabCredentials, fields: object = {}): Promise<Received> {
    const payload = { termsOfServiceAgreed: true, externalAccountBinding: await this.bind(eab) };
    const answer = await this.post(`${this.base}/new-account`, { ...payload, ...fields });
    if (answer.status === 201 || answer.status === 200) {
      this.account = answer.headers.get('Location');
    }
    return answer;
  }
}

const EVERYTHING = {
  dnsNames: 'any',
  ipRanges: 'any',
  emailDomains: 'any',
  uriPrefixes: 'any',
  subject: 'any',
};

/** Creates a key for external account binding, by default with a policy that permits every name. */
export async function createEabKey(live: LiveWorker, fields: object = {}): Promise<EabCredentials> {
  const policyId = await createPolicy(openServices(live.db), EVERYTHING);
  const body = { name: 'for tests', policyId, ...fields };
  const { status, json, text } = await live.send('/api/v1/acme/eab-keys', { body });
  if (status !== 201) throw new Error(`no key for external account binding: ${text}`);
  return { id: String(json.id), macKey: String(json.macKey) };
}

/** A client with an account. */
export async function openRegistered(live: LiveWorker, key?: AcmeKey): Promise<AcmeClient> {
  const client = await AcmeClient.open(live, key);
  const { status, text } = await client.register(await createEabKey(live));
  if (status !== 201) throw new Error(`no account: ${text}`);
  return client;
}
