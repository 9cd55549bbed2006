import { createFetchHttp } from './fetch-http.ts';
import type { Network } from './network.ts';
import { createOpenConnection } from './open-connection.ts';
import { PLATFORM, type Platform } from './platform.ts';
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
export function createNetwork(settings: NetworkSettings, platform: Platform = PLATFORM): Network {
  const { fetch, connect } = platform;
  const { acmeHttpPort: httpPort, acmeTlsPort: tlsPort, allowPrivateAddresses } = settings;
  const queryDns = createDnsResolver(settings.dohUrl, fetch);
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
  { fetch }: Pick<Platform, 'fetch'> = PLATFORM,
): Post {
  return createPost({ queryDns: createDnsResolver(dohUrl, fetch), fetch, allowPrivateAddresses });
}
