import type { ExternalAccountKey } from '../../../tools/acme/session.ts';
import { authorization } from '../api-client.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server.ts';
import { type DohServer, startDohServer } from './doh-server.ts';
import {
  type HttpResponder,
  startHttpResponder,
  startTlsResponder,
  type TlsResponder,
} from './responders.ts';

/** Signet with a resolver and responders for challenges, all of them on loopback. */
export interface AcmeServer {
  readonly server: RunningServer;
  readonly directoryUrl: string;
  readonly doh: DohServer;
  readonly http: HttpResponder;
  readonly tls: TlsResponder;
  /** Sends a request to Signet's own API as root. @throws Error for an answer that is not ok */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Creates a policy and a key for external account binding that refers to it. */
  makeEabKey(rules: object): Promise<ExternalAccountKey>;
  /** Returns the recorded revocation of a certificate of the default authority; null if there is none. */
  findRevocation(serial: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startAcmeServer(options: ServerOptions = {}): Promise<AcmeServer> {
  const [doh, http, tls] = await Promise.all([
    startDohServer(),
    startHttpResponder(),
    startTlsResponder(),
  ]);
  const server = await startServer({
    ...options,
    vars: {
      DOH_URL: doh.url,
      ACME_HTTP_PORT: String(http.port),
      ACME_TLS_PORT: String(tls.port),
      ALLOW_PRIVATE_ADDRESSES: 'true',
      ...options.vars,
    },
  });

  async function call(method: string, path: string, body?: object) {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { Authorization: authorization(server), Accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
    return answer;
  }

  let policies = 0;
  return {
    server,
    directoryUrl: `${server.url}/acme/directory`,
    doh,
    http,
    tls,
    call,
    async makeEabKey(rules) {
      policies++;
      const name = `test ${policies}`;
      const policy = await call('POST', '/api/v1/policies', { name, rules });
      const eabKey = await call('POST', '/api/v1/acme/eab-keys', { name, policyId: policy.id });
      return { id: String(eabKey.id), macKey: String(eabKey.macKey) };
    },
    async findRevocation(serial) {
      const record = await call('GET', `/api/v1/certificates/${serial}?authority=default`);
      return record.revocation;
    },
    async stop() {
      await server.stop();
      await Promise.all([doh.stop(), http.stop(), tls.stop()]);
    },
  };
}
