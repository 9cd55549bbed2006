import { SignetError, type SignetErrorCode } from '../errors.ts';

/** What an order or an authorization is about (RFC 8555 section 9.7.7, RFC 8738). */
export interface Identifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** What is wrong with one identifier of an order. */
export interface IdentifierProblem {
  readonly code: SignetErrorCode;
  readonly message: string;
  readonly identifier: { readonly type: string; readonly value: string };
}

interface AcmeErrorOptions {
  readonly field?: string;
  readonly cause?: unknown;
  readonly problems?: readonly IdentifierProblem[];
  readonly retryAfterSeconds?: number;
  readonly algorithms?: readonly string[];
  readonly accountId?: string;
}

/** An error with facts that ACME clients read from fields of their own. */
export class AcmeError extends SignetError {
  /** What is wrong with each identifier, if it is about several (RFC 8555 section 6.7.1). */
  readonly problems: readonly IdentifierProblem[];
  readonly retryAfterSeconds: number | null;
  /** The signature algorithms that are supported, for bad-signature-algorithm. */
  readonly algorithms: readonly string[] | null;
  /** The ACME account that has the key, for account-key-in-use. */
  readonly accountId: string | null;

  constructor(code: SignetErrorCode, message: string, options: AcmeErrorOptions = {}) {
    super(code, message, options);
    this.problems = options.problems ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.algorithms = options.algorithms ?? null;
    this.accountId = options.accountId ?? null;
  }
}
