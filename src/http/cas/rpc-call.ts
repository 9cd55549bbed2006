import type { NonceUse } from '../../access/nonces.ts';
import { SignetError } from '../../errors.ts';
import type { AuthorizedCall } from '../call.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

/** A call whose signature is right, as an action sees it. */
export interface RpcCall extends AuthorizedCall {
  readonly parameters: Parameters;
  /** To be used up in the batch of what the action writes. */
  readonly nonce: NonceUse;
}

/**
 * What one action answers, beside RequestId. An error of it uses the nonce up and is recorded
 * without its doing. Never a key `Code`: clients take that for a failure.
 */
export type Action = (call: RpcCall) => Promise<Readonly<Record<string, unknown>>>;

/** @throws SignetError missing-parameter, also for an empty one */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name) ?? '';
  if (value !== '') return value;
  throw new SignetError('missing-parameter', `${name} is mandatory for this action.`, {
    field: name,
  });
}
