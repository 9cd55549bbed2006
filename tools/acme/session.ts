import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface AcmeAnswer {
  readonly status: number;
  header(name: string): string | null;
  readonly text: string;
}

/** Sends one request. `body` is a JWS; null for a GET. */
export type AcmeTransport = (url: string, body: string | null) => Promise<AcmeAnswer>;

/** The addresses of a directory (RFC 8555 section 7.1.1) that a session uses. */
export interface AcmeDirectory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly renewalInfo?: string;
  readonly revokeCert: string;
}

export interface ExternalAccountKey {
  readonly id: string;
  /** base64url. */
  readonly macKey: string;
}

export interface AcmeOrder {
  readonly url: string;
  readonly status: string;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
}

/**
 * An ACME account that sends exactly the requests it is told to: for tests that replay what other
 * clients send, and for load.
 */
export class AcmeSession {
  readonly directory: AcmeDirectory;
  readonly #transport: AcmeTransport;
  readonly #key: KeyObject;
  readonly #jwk: object;
  #nonce: string | null = null;
  /** The account's URL, once it is known. */
  account: string | null = null;

  /** @param key P-256; default: a new one */
  constructor(directory: AcmeDirectory, transport: AcmeTransport, key?: KeyObject) {
    this.directory = directory;
    this.#transport = transport;
    this.#key = key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.#jwk = exportJwk(this.#key);
  }

  /** Takes a new nonce for the next request. */
  async takeNonce(): Promise<void> {
    const { status, header } = await this.#transport(this.directory.newNonce, null);
    this.#nonce = header('Replay-Nonce');
    if (status !== 204 || this.#nonce === null) throw new Error(`newNonce: ${status}`);
  }

  /** Sends a signed request, whatever the answer. @param payload null for POST-as-GET */
  async post(url: string, payload: object | null): Promise<AcmeAnswer> {
    if (this.#nonce === null) await this.takeNonce();
    const signer = this.account === null ? { jwk: this.#jwk } : { kid: this.account };
    const header = encode({ alg: 'ES256', ...signer, nonce: this.#nonce, url });
    // Without an answer, the server may have spent it.
    this.#nonce = null;
    const body = payload === null ? '' : encode(payload);
    const signature = sign('sha256', Buffer.from(`${header}.${body}`), {
      key: this.#key,
      dsaEncoding: 'ieee-p1363',
    }).toString('base64url');
    const answer = await this.#transport(
      url,
      JSON.stringify({ protected: header, payload: body, signature }),
    );
    this.#nonce = answer.header('Replay-Nonce');
    return answer;
  }

  /** Like {@link post}, but throws the answer unless its status is 200 or 201. */
  async ask(url: string, payload: object | null): Promise<AcmeAnswer> {
    const answer = await this.post(url, payload);
    if (answer.status !== 200 && answer.status !== 201) {
      throw new Error(`${url}: ${answer.status} ${answer.text}`);
    }
    return answer;
  }

  /** Creates the account. */
  async register(eabKey?: ExternalAccountKey): Promise<void> {
    const { newAccount } = this.directory;
    const binding = eabKey && { externalAccountBinding: this.#bind(eabKey, newAccount) };
    const answer = await this.ask(newAccount, { termsOfServiceAgreed: true, ...binding });
    this.account = answer.header('Location');
  }

  /** @param fields of newOrder besides the identifiers */
  async order(
    identifiers: readonly { readonly type: string; readonly value: string }[],
    fields: object = {},
  ): Promise<AcmeOrder> {
    const answer = await this.ask(this.directory.newOrder, { identifiers, ...fields });
    return readOrder(answer);
  }

  /** RFC 8555 section 7.3.4. */
  #bind({ id, macKey }: ExternalAccountKey, url: string): object {
    const header = encode({ alg: 'HS256', kid: id, url });
    const payload = encode(this.#jwk);
    const signature = createHmac('sha256', Buffer.from(macKey, 'base64url'))
      .update(`${header}.${payload}`)
      .digest('base64url');
    return { protected: header, payload, signature };
  }
}

/** Reads an order from an answer; its URL is in Location (RFC 8555 section 7.4). */
export function readOrder(answer: AcmeAnswer): AcmeOrder {
  const order: Omit<AcmeOrder, 'url'> = JSON.parse(answer.text);
  return { ...order, url: answer.header('Location') ?? '' };
}

/** Sends by fetch, as other ACME clients do. */
export const sendByFetch: AcmeTransport = async (url, body) => {
  const response = await fetch(url, {
    ...(body === null
      ? {}
      : { method: 'POST', body, headers: { 'Content-Type': 'application/jose+json' } }),
  });
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    text: await response.text(),
  };
};

export async function readDirectory(url: string): Promise<AcmeDirectory> {
  const directory: AcmeDirectory = JSON.parse((await sendByFetch(url, null)).text);
  return directory;
}

/** Returns the thumbprint of a P-256 key, the second half of a key authorization (RFC 7638). */
export function computeThumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(exportJwk(key)))
    .digest('base64url');
}

/** The public key with its required members in the order of RFC 7638. */
function exportJwk(key: KeyObject): object {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return { crv, kty, x, y };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
