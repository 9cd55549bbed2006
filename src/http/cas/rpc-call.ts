import type { NonceUse } from '../../access/nonces.ts';
import type { Principal } from '../../access/principal.ts';
import type { RequestContext } from '../../audit/event.ts';
import type { Services } from '../services.ts';
import type { Parameters } from './authentication/acs-parameters.ts';

/** A call whose signature was verified, as an action gets it. */
export interface RpcCall {
  readonly services: Services;
  readonly principal: Principal;
  readonly requestContext: RequestContext;
  readonly parameters: Parameters;
  /** To be recorded as used in the batch of what the action writes. */
  readonly nonce: NonceUse;
  /** Sets the message of the log line. */
  note(message: string): void;
}

/**
 * Returns the fields of the answer, without RequestId and never with `Code`, which clients take for a
 * failure. If it throws, the nonce is recorded as used, and the call as refused.
 */
export type Action = (call: RpcCall) => Promise<Readonly<Record<string, unknown>>>;

/** An action that only reads. The call and its nonce are recorded before the answer is sent. */
export function recordAfter(name: string, action: Action): Action {
  return async (call) => {
    const answer = await action(call);
    await call.services.recordAnsweredCall({
      principal: call.principal,
      use: call.nonce,
      action: name,
      target: findTarget(call.parameters),
      request: call.requestContext,
    });
    return answer;
  };
}

/** An action that writes its own record, without the nonce. The nonce is recorded as used before. */
export function claimNonceBefore(action: Action): Action {
  return async (call) => {
    await call.services.claimNonce(call.principal, call.nonce);
    return action(call);
  };
}

const TARGETS = ['Identifier', 'InstanceId', 'CaIdentifier'];

/** Returns what a call is about, or null if the client's text does not look like an identifier. */
export function findTarget(parameters: Parameters): string | null {
  const named = TARGETS.map((name) => parameters.get(name) ?? '').find((text) => text !== '');
  return named !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(named) ? named : null;
}
