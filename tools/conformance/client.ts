import { signAction } from '../bench/external-ca.ts';
import type { RunningServer } from '../worker/serve-bundle.ts';
import { splitPem } from './pem.ts';

export interface Generation {
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** Cross-certificates in PEM that other generations issued for its key. */
  readonly crossCertificates: readonly string[];
}

export interface Authority {
  readonly id: string;
  readonly certificate: string;
  readonly generations: readonly Generation[];
}

export interface Issued {
  readonly serial: string;
  readonly certificate: string;
  /** Without the root. */
  readonly chain: readonly string[];
}

/** Calls the Worker with the root access key. Throws the Worker's message if it refuses. */
export class Client {
  readonly server: RunningServer;

  constructor(server: RunningServer) {
    this.server = server;
  }

  createAuthority(fields: object): Promise<Authority> {
    return this.#post('/authorities', fields);
  }

  rekeyAuthority(id: string, keyAlgorithm: string): Promise<Authority> {
    return this.#post(`/authorities/${id}/rekey`, { keyAlgorithm });
  }

  issue(authority: string, csr: string, profile?: string): Promise<Issued> {
    const body = { authority, csr, ...(profile === undefined ? {} : { profile }) };
    return this.#post('/certificates', body, { Accept: 'application/json' });
  }

  async revoke(authority: string, serial: string, reason: string): Promise<void> {
    await this.#post(`/certificates/${serial}/revoke?authority=${authority}`, { reason });
  }

  async release(authority: string, serial: string): Promise<void> {
    await this.#post(`/certificates/${serial}/release?authority=${authority}`, {});
  }

  /** Delegates a responder whose key Signet makes. Returns the responder's certificate in PEM. */
  async delegateOcsp(authority: string): Promise<string> {
    const path = `/authorities/${authority}/ocsp-responder`;
    const responder: { readonly certificate: string } = await this.#send('PUT', path, {});
    return responder.certificate;
  }

  /** Creates an instance and uses it. Returns the certificate in PEM, without its chain. */
  async createExternalCa(authority: string, csr: string, passthrough: object): Promise<string> {
    const instance: { readonly instanceId: string } = await this.#post('/external-ca-instances', {
      authority,
    });
    const { host } = new URL(this.server.url);
    const { method, path, headers, body } = signAction(
      this.server,
      host,
      'CreateExternalCACertificate',
      {
        InstanceId: instance.instanceId,
        Csr: csr,
        Validity: '5y',
        ApiPassthrough: JSON.stringify(passthrough),
      },
    );
    const response = await fetch(`${this.server.url}${path}`, { method, headers, body });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`external CA: ${response.status} ${text}`);
    const [certificate] = splitPem(JSON.parse(text).Certificate);
    if (certificate === undefined) throw new Error('The answer has no certificate');
    return certificate;
  }

  /** Downloads a published file; null if there is none. */
  async download(url: string): Promise<Uint8Array | null> {
    const response = await fetch(url);
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  #post<T>(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.#send('POST', path, body, headers);
  }

  async #send<T>(
    method: string,
    path: string,
    body: object | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = this.server.secrets;
    const response = await fetch(`${this.server.url}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        ...headers,
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
