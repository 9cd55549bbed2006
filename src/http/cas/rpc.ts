import { actWithScope } from '../../access/identity.ts';
import type { NonceUse } from '../../access/nonces.ts';
import { SignetError, type SignetErrorCode } from '../../errors.ts';
import { type Call, callOf } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { checkTransport } from '../middleware/check-transport.ts';
import { ACTIONS } from './actions.ts';
import type { SignedRequest } from './authentication/acs-request.ts';
import type { Action } from './rpc-call.ts';
import { isVisit, type RpcRequest, readRpcRequest, verifyRpcRequest } from './rpc-request.ts';
import { findTarget } from './spend-nonce.ts';
import { answerStartPage } from './start-page.ts';

const VERSION = '2020-06-30';

/** GET and POST /: one action, named and signed in the request; a plain page where it names none. */
export async function answerRpc(c: HttpContext): Promise<Response> {
  const call = callOf(c);
  const { services, context, runtime } = call;
  const request = await readRpcRequest(call.request, call.url);
  if (isVisit(request)) return answerStartPage(call);
  // In the first version no Authorization header shows that credentials came.
  checkTransport(c);
  const signed = await verifyRpcRequest(request, services);
  const { accessKeyId, root } = signed.identity;
  if (!root) {
    // Whoever waits for the answer does not wait for this, and a lost note does no harm.
    runtime.waitUntil(services.accessKeySecrets.noteUse(accessKeyId).catch(() => {}));
  }
  // Before anything is written: what is throttled must cost nothing, so only the log tells of it.
  if (!(await services.admitCall(accessKeyId))) {
    throw new SignetError('throttled', 'This access key calls too often: wait and try again.');
  }
  const nonce: NonceUse = {
    accessKeyId,
    nonce: signed.nonce,
    requestId: context.requestId,
    usedAtSeconds: Math.floor(services.clock() / 1000),
  };
  try {
    const { name, action } = chooseAction(request);
    const principal = actWithScope(signed.identity, `yundun-cert:${name}`);
    const { parameters } = request;
    const answer = await action({ ...call, principal, parameters, nonce });
    return Response.json({ RequestId: context.requestId, ...answer });
  } catch (error) {
    await recordRefusal(call, request, signed, nonce, error);
    throw error;
  }
}

/** @throws SignetError missing-parameter, invalid-parameter, not-found */
function chooseAction({ action, version }: RpcRequest): { name: string; action: Action } {
  if (action === null) throw missing('Action');
  if (version === null) throw missing('Version');
  if (version !== VERSION) {
    throw new SignetError('invalid-parameter', `Use the version ${VERSION}.`, { field: 'Version' });
  }
  const found = ACTIONS.get(action);
  if (found !== undefined) return { name: action, action: found };
  throw new SignetError(
    'not-found',
    `Specified api is not found, please check your url and method. Offered are: ${[...ACTIONS.keys()].join(', ')}.`,
    { field: 'Action' },
  );
}

/** @throws SignetError nonce-used, record-unavailable */
async function recordRefusal(
  { services, context }: Call,
  { action, parameters }: RpcRequest,
  { identity }: SignedRequest,
  use: NonceUse,
  error: unknown,
): Promise<void> {
  const reason: SignetErrorCode = error instanceof SignetError ? error.code : 'internal';
  // What the record cannot take it cannot take now either; whether it took the call is not known.
  if (reason === 'record-unavailable') return;
  await services.recordRefusedCall({
    identity,
    use,
    action: keepWord(action, /^[A-Za-z0-9]{1,64}$/) ?? 'unknown',
    target: findTarget({ parameters }),
    reason,
    request: context,
  });
}

/** Text that a client made up is recorded only where it looks like what it should be. */
function keepWord(text: string | null, form: RegExp): string | null {
  return text !== null && form.test(text) ? text : null;
}

function missing(name: string): SignetError {
  return new SignetError('missing-parameter', `${name} is mandatory for this action.`, {
    field: name,
  });
}
