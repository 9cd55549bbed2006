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
}

export const PLATFORM: Platform = {
  fetch: (url, init) => fetch(url, init),
  connect: (address) => connect({ ...address }),
};
