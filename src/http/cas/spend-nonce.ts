import type { Action, RpcCall } from './rpc-call.ts';

/**
 * An action that only reads: the call is recorded, and its nonce used up, once the answer is there
 * and before it is given.
 */
export function answersOnly(name: string, action: Action): Action {
  return async (call: RpcCall) => {
    const answer = await action(call);
    await call.services.recordAnsweredCall({
      principal: call.principal,
      use: call.nonce,
      action: name,
      target: findTarget(call),
      request: call.context,
    });
    return answer;
  };
}

/** An action whose work records itself but knows no nonce: that is used up before it begins. */
export function claimsFirst(action: Action): Action {
  return async (call: RpcCall) => {
    await call.services.claimNonce(call.nonce);
    return action(call);
  };
}

const TARGETS = ['Identifier', 'InstanceId', 'CaIdentifier'];

/** What a call is about. Text that a client made up counts only where it looks like an identifier. */
export function findTarget({ parameters }: Pick<RpcCall, 'parameters'>): string | null {
  const named = TARGETS.map((name) => parameters.get(name) ?? '').find((text) => text !== '');
  return named !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(named) ? named : null;
}
