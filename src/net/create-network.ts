import { createFetchHttp } from './fetch-http.ts';
import type { Network } from './network.ts';
import { createOpenConnection } from './open-connection.ts';
import type { Platform } from './platform.ts';
import { createPost, type Post } from './post.ts';
import { createDnsResolver } from './resolve-dns.ts';
import { readServerCertificate } from './tls/read-certificate.ts';

export interface NetworkSettings {
  readonly dohUrl: string;
  readonly acmeHttpPort: number;
  readonly acmeTlsPort: number;
  readonly allowPrivateAddresses: boolean;
}

/** Creates the one way to other hosts. */
export function createNetwork(settings: NetworkSettings, platform: Platform): Network {
  const { fetch, connect, fetchFromResolver = fetch } = platform;
  const { acmeHttpPort: httpPort, acmeTlsPort: tlsPort, allowPrivateAddresses } = settings;
  const queryDns = createDnsResolver(settings.dohUrl, fetchFromResolver);
  const openConnection = createOpenConnection({ queryDns, connect, allowPrivateAddresses });
  return {
    queryDns,
    fetchHttp: createFetchHttp({ openConnection, fetch, httpPort, tlsPort }),
    async readTlsCertificate(host, options, signal) {
      const connection = await openConnection(host, tlsPort, signal);
      try {
        return await readServerCertificate(connection, options);
      } finally {
        connection.close();
      }
    },
  };
}

/** Creates the one way to send something to other hosts. */
export function createSender(
  { dohUrl, allowPrivateAddresses }: Pick<NetworkSettings, 'dohUrl' | 'allowPrivateAddresses'>,
  { fetch, fetchFromResolver = fetch }: Omit<Platform, 'connect'>,
): Post {
  const queryDns = createDnsResolver(dohUrl, fetchFromResolver);
  return createPost({ queryDns, fetch, allowPrivateAddresses });
}
