import { findFreePort } from '../../../../scripts/free-port.ts';
import { findProgram } from '../../find-program.ts';
import { encodeRequest, type RequestParts } from '../../http-client.ts';
import { askOnce, type SigningServer, type Skipped, waitForAnswer } from '../server.ts';
import { makeDirectory, startProcess } from '../start-process.ts';

const STARTS_WITHIN_MS = 20_000;
const ROLE = 'bench';

export interface OpenBao extends SigningServer {
  /** Serial numbers of stored certificates, with colons. */
  listSerials(): Promise<readonly string[]>;
  /** The certificate of the CA as DER. */
  readCa(): Promise<Buffer>;
}

/** Starts OpenBao with one PKI engine that stores the certificates it signs. */
export async function startOpenBao(storage: 'raft' | 'file'): Promise<OpenBao | Skipped> {
  const name = `OpenBao, ${storage} storage`;
  const program = findProgram('BAO', 'bao', ['version']);
  if (program === null) return { name, reason: 'neither BAO nor the PATH has bao' };
  const directory = makeDirectory('openbao');
  const [port, clusterPort] = [await findFreePort(), await findFreePort()];
  const data = directory.path('');
  const settings = {
    storage: { [storage]: storage === 'raft' ? { path: data, node_id: 'one' } : { path: data } },
    listener: { tcp: { address: `127.0.0.1:${port}`, tls_disable: true } },
    api_addr: `http://127.0.0.1:${port}`,
    cluster_addr: `http://127.0.0.1:${clusterPort}`,
    log_level: 'error',
  };
  const config = directory.writeJson('bao.json', settings);
  const server = startProcess(directory, program, ['server', `-config=${config}`]);
  const common = {
    name,
    port,
    protocol: 'http:',
    pid: server.pid,
    hasEnded: server.hasEnded,
    async stop() {
      await server.end();
      directory.remove();
    },
  } as const;
  let token = '';
  const call = async <Result>(parts: RequestParts, sent?: object): Promise<Result> => {
    const answer = await askOnce(
      common,
      encodeRequest({
        method: sent === undefined ? 'GET' : 'POST',
        headers: { 'X-Vault-Token': token },
        ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
        ...parts,
      }),
    );
    const { status, body } = answer;
    if (status >= 300) throw new Error(`${name}: ${parts.path}: ${status} ${body}`);
    const result: Result = status === 204 ? {} : JSON.parse(body.toString());
    return result;
  };
  try {
    await waitForAnswer(common, encodeRequest({ path: '/v1/sys/init' }), 200, STARTS_WITHIN_MS);
    token = await initialize(call);
    await waitForAnswer(common, encodeRequest({ path: '/v1/sys/health' }), 200, STARTS_WITHIN_MS);
    await makePki(call, common.port);
  } catch (error) {
    const output = server.readOutput();
    await common.stop();
    if (output.includes('unknown storage type')) {
      return { name, reason: 'this version does not have that storage' };
    }
    throw new Error(`${error}: ${output}`);
  }
  return {
    ...common,
    expectedStatus: 200,
    toRequests: (csrs) =>
      csrs.map((csr) =>
        encodeRequest({
          method: 'POST',
          path: `/v1/pki/sign/${ROLE}`,
          headers: { 'X-Vault-Token': token },
          body: JSON.stringify({ csr: csr.pem, common_name: csr.name }),
        }),
      ),
    readCertificate({ body }) {
      const { data }: { readonly data: { readonly certificate: string } } = JSON.parse(
        body.toString(),
      );
      return data.certificate;
    },
    listSerials,
    async readCa() {
      return (await askOnce(common, encodeRequest({ path: '/v1/pki/ca' }))).body;
    },
    // The CA's own certificate is listed, too.
    endAndCount: async () => (await listSerials()).length - 1,
  };

  async function listSerials(): Promise<readonly string[]> {
    const { data } = await call<{ data: { keys: readonly string[] } }>({
      method: 'LIST',
      path: '/v1/pki/certs',
    });
    return data.keys;
  }
}

type Call = <Result>(parts: RequestParts, sent?: object) => Promise<Result>;

/** Makes the master key and unseals. Returns the root token. */
async function initialize(call: Call): Promise<string> {
  const shares = { secret_shares: 1, secret_threshold: 1 };
  const { root_token: token, keys } = await call<{ root_token: string; keys: readonly string[] }>(
    { path: '/v1/sys/init' },
    shares,
  );
  await call({ path: '/v1/sys/unseal' }, { key: keys[0] });
  return token;
}

async function makePki(call: Call, port: number): Promise<void> {
  const maxTtl = '87600h';
  await call({ path: '/v1/sys/mounts/pki' }, { type: 'pki', config: { max_lease_ttl: maxTtl } });
  await call(
    { path: '/v1/pki/root/generate/internal' },
    { common_name: 'Bench Root CA', key_type: 'ec', key_bits: 256, ttl: maxTtl },
  );
  const url = `http://127.0.0.1:${port}/v1/pki`;
  await call(
    { path: '/v1/pki/config/urls' },
    {
      issuing_certificates: [`${url}/ca`],
      crl_distribution_points: [`${url}/crl`],
      ocsp_servers: [`${url}/ocsp`],
    },
  );
  await call(
    { path: `/v1/pki/roles/${ROLE}` },
    { allow_any_name: true, enforce_hostnames: false, key_type: 'ec', key_bits: 256, ttl: '8760h' },
  );
}
