import { randomUUID } from 'node:crypto';
import { dnsName, makeCsrDer } from '../../test/make-csr.ts';
import {
  type AcmeAnswer,
  type AcmeDirectory,
  type AcmeOrder,
  AcmeSession,
  type ExternalAccountKey,
} from '../acme/session.ts';
import type { Ask } from './operation.ts';

/** The names that the policy of the clients permits without a proof. */
export const ACME_SUFFIX = 'acme.mix.test';

const BAD_NONCE = 'urn:ietf:params:acme:error:badNonce';

interface Sent {
  readonly path: string;
  readonly body: string;
}

/** An order whose certificate the client does not have yet. */
export interface OpenOrder {
  readonly order: AcmeOrder;
  readonly csr: string;
  /** Whether its certificate is one of the ledger's requests without a response. */
  isCounted: boolean;
}

/** One ACME account. One connection at a time uses it, and another one after the server's restart. */
export class AcmeMixClient {
  readonly #session: AcmeSession;
  readonly #eabKey: ExternalAccountKey;
  #ask: Ask | null = null;
  /** The last signed request with an answer. */
  #answered: Sent | null = null;
  /** The signed request without an answer. */
  #lost: Sent | null = null;
  open: OpenOrder | null = null;

  constructor(directory: AcmeDirectory, eabKey: ExternalAccountKey) {
    this.#eabKey = eabKey;
    this.#session = new AcmeSession(directory, (url, body) => this.#send(url, body));
  }

  /** Sends by this connection from now on. */
  use(ask: Ask): void {
    this.#ask = ask;
  }

  /** Makes an order for a new name, and the account if there is none. */
  async order(): Promise<OpenOrder> {
    if (this.#session.account === null) await this.#session.register(this.#eabKey);
    const value = `${randomUUID()}.${ACME_SUFFIX}`;
    const csr = Buffer.from(await makeCsrDer({ subjectAltNames: [dnsName(value)] }));
    const order = await this.#session.order([{ type: 'dns', value }]);
    this.open = { order, csr: csr.toString('base64url'), isCounted: false };
    return this.open;
  }

  async finalize({ order, csr }: OpenOrder): Promise<AcmeOrder> {
    return JSON.parse((await this.#session.ask(order.finalize, { csr })).text);
  }

  async read({ order }: OpenOrder): Promise<AcmeOrder> {
    return JSON.parse((await this.#session.ask(order.url, null)).text);
  }

  async download({ certificate = '' }: AcmeOrder): Promise<string> {
    return (await this.#session.ask(certificate, null)).text;
  }

  async revoke(certificateDer: Buffer, reason: number): Promise<void> {
    const certificate = certificateDer.toString('base64url');
    await this.#session.ask(this.#session.directory.revokeCert, { certificate, reason });
  }

  /**
   * Sends earlier requests again, with their nonces. Returns whether the server refused each nonce
   * that it must have seen. The request without an answer may be accepted, but only once.
   */
  async refusesOldNonces(ask: Ask): Promise<boolean> {
    const [answered, lost] = [this.#answered, this.#lost];
    this.#answered = null;
    this.#lost = null;
    if (lost !== null) await sendSigned(ask, lost, 200, 201, 400);
    for (const sent of [answered, lost]) {
      if (sent === null) continue;
      const { status, body } = await sendSigned(ask, sent, 200, 201, 400);
      if (status !== 400 || JSON.parse(body.toString()).type !== BAD_NONCE) return false;
    }
    return true;
  }

  async #send(url: string, body: string | null): Promise<AcmeAnswer> {
    const ask = this.#ask;
    if (ask === null) throw new Error('The client has no connection');
    const path = new URL(url).pathname;
    if (body === null) return readAnswer(await ask({ path }, 204));
    this.#lost = { path, body };
    const answer = await sendSigned(ask, this.#lost, 200, 201);
    this.#answered = this.#lost;
    this.#lost = null;
    return readAnswer(answer);
  }
}

function sendSigned(ask: Ask, { path, body }: Sent, ...statuses: readonly number[]) {
  const headers = { 'Content-Type': 'application/jose+json' };
  return ask({ method: 'POST', path, headers, body }, ...statuses);
}

function readAnswer({ status, head, body }: Awaited<ReturnType<Ask>>): AcmeAnswer {
  return {
    status,
    text: body.toString(),
    header(name) {
      const value = new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1];
      return value ?? null;
    },
  };
}
