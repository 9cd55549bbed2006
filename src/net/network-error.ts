/** Which part of an outgoing request failed. */
export type NetworkErrorCode = 'dns' | 'connection' | 'tls' | 'response';

/**
 * The only error that src/net throws for what another host does or does not do. `message` is a
 * sentence for the caller: it says what happened, and nothing about this Worker. `response` means
 * that the host answered with something that breaks HTTP or a limit.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
