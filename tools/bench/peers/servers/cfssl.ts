import { type CfsslDatabase, startCfssl } from '../../cfssl.ts';
import { encodeRequest } from '../../http-client.ts';
import type { SigningServer, Skipped } from '../server.ts';

/** cfssl needs no credentials: it has none by default. */
export async function startCfsslPeer(
  name: string,
  database: CfsslDatabase,
): Promise<SigningServer | Skipped> {
  const cfssl = await startCfssl(database);
  if (cfssl === null) return { name, reason: 'neither CFSSL nor the PATH has cfssl' };
  return {
    name,
    port: cfssl.port,
    protocol: 'http:',
    pid: cfssl.pid,
    expectedStatus: 200,
    toRequests: (csrs) =>
      csrs.map(({ pem }) =>
        encodeRequest({
          method: 'POST',
          path: '/api/v1/cfssl/sign',
          body: JSON.stringify({ certificate_request: pem }),
        }),
      ),
    readCertificate({ body }) {
      const { result }: { readonly result: { readonly certificate: string } } = JSON.parse(
        body.toString(),
      );
      return result.certificate;
    },
    endAndCount: async () => cfssl.countStored(),
    stop: cfssl.stop,
  };
}
