import { connect } from 'cloudflare:sockets';

/** What a TCP connection of the platform offers. */
export interface PlatformSocket {
  readonly opened: Promise<unknown>;
  readonly closed: Promise<unknown>;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): Promise<unknown>;
}

/** The platform's functions that reach other hosts; tests pass others. */
export interface Platform {
  fetch(url: string, init: RequestInit): Promise<Response>;
  connect(address: { readonly hostname: string; readonly port: number }): PlatformSocket;
  /** Reaches the resolver; the default is `fetch`. */
  readonly fetchFromResolver?: Platform['fetch'];
}

/** @param resolver a way to the resolver alone, which may have an address that nothing else may reach */
export function createPlatform(resolver: Fetcher | null): Platform {
  return {
    fetch: (url, init) => fetch(url, init),
    connect: (address) => connect({ ...address }),
    ...(resolver && { fetchFromResolver: (url, init) => resolver.fetch(url, init) }),
  };
}
