/** The types of DNS records that Signet asks for, with their numbers (RFC 1035, 3596, 8659). */
export const RECORD_TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, CAA: 257 } as const;

export type RecordType = keyof typeof RECORD_TYPES;

/** An HTTP response, after redirects. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
  /** The URL that answered. */
  readonly url: string;
}

/** A host to connect to: a DNS name in lower case as A-labels, or an IP address. */
export interface Host {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/**
 * All outgoing requests. Every method throws nothing but NetworkError, and every one ends when
 * `signal` aborts.
 */
export interface Network {
  /**
   * Returns the data (RDATA) of the records of one type, after following CNAMEs. A name that does
   * not exist has none.
   * @param name in lower case as A-labels, without a trailing dot
   */
  queryDns(name: string, type: RecordType, signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /**
   * Sends a GET by plain HTTP to the port of the configuration and follows redirects.
   * @param path with a leading slash
   */
  fetchHttp(host: Host, path: string, signal: AbortSignal): Promise<HttpResponse>;
  /**
   * Returns the first certificate that a TLS server presents to a client that offers only the ALPN
   * protocol `protocol`. The handshake ends there: nothing is said about the certificate.
   */
  readTlsCertificate(
    host: Host,
    options: { readonly serverName: string; readonly protocol: string },
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}
