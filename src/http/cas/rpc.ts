import { requireChecked } from '../../access/grant.ts';
import type { NonceUse } from '../../access/nonces.ts';
import { SignetError, type SignetErrorCode } from '../../errors.ts';
import { type HttpContext, note } from '../context.ts';
import { checkTransport } from '../middleware/check-transport.ts';
import { ACTIONS } from './actions.ts';
import type { SignedRequest } from './authentication/acs-request.ts';
import { type Action, findTarget } from './rpc-call.ts';
import { isVisit, type RpcRequest, readRpcRequest, verifyRpcRequest } from './rpc-request.ts';
import { answerStartPage } from './start-page.ts';

const VERSION = '2020-06-30';

/** GET and POST /: the action that the signed request names, or a page for browsers. */
export async function answerRpc(c: HttpContext): Promise<Response> {
  const services = c.get('services');
  const request = await readRpcRequest(c.req.raw, c.get('url'));
  if (isVisit(request)) {
    note(c, 'showed the start page');
    return answerStartPage(c);
  }
  // The first version has no Authorization header, so no middleware has checked it.
  checkTransport(c);
  const signed = await verifyRpcRequest(request, services);
  const { accessKeyId, root } = signed.identity;
  if (!root) {
    // The client does not wait for this, and a lost note does no harm.
    c.executionCtx.waitUntil(services.accessKeySecrets.noteUse(accessKeyId).catch(() => {}));
  }
  // A throttled call must cost nothing, so nothing is recorded: only the log shows it.
  if (!(await services.admitCall(accessKeyId))) {
    throw new SignetError('throttled', 'This access key calls too often. Wait and try again.');
  }
  const nonce: NonceUse = {
    accessKeyId,
    nonce: signed.nonce,
    requestId: c.get('requestId'),
    usedAtSeconds: Math.floor(services.clock() / 1000),
  };
  const { name, principal, answer } = await runAction(c, request, signed, nonce);
  requireChecked(principal, name);
  return Response.json({ RequestId: c.get('requestId'), ...answer });
}

async function runAction(
  c: HttpContext,
  request: RpcRequest,
  signed: SignedRequest,
  nonce: NonceUse,
) {
  const services = c.get('services');
  try {
    const { name, action } = chooseAction(request);
    const { accessKeySecrets } = services;
    const principal = await accessKeySecrets.permit(signed.identity, `yundun-cert:${name}`);
    const answer = await action({
      services,
      principal,
      requestContext: c.get('requestContext'),
      parameters: request.parameters,
      nonce,
      note: (message) => note(c, message),
    });
    return { name, principal, answer };
  } catch (error) {
    await recordRefusal(c, request, signed, nonce, error);
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

/**
 * If the database is down, recording the refusal would fail too. An access key that is gone, disabled
 * or expired records nothing.
 */
const NOT_RECORDED: ReadonlySet<SignetErrorCode> = new Set([
  'record-unavailable',
  'unknown-access-key',
  'access-key-disabled',
  'access-key-expired',
]);

/** @throws SignetError what `recordRefusedCall` throws */
async function recordRefusal(
  c: HttpContext,
  { action, parameters }: RpcRequest,
  { identity }: SignedRequest,
  use: NonceUse,
  error: unknown,
): Promise<void> {
  const reason: SignetErrorCode = error instanceof SignetError ? error.code : 'internal';
  if (NOT_RECORDED.has(reason)) return;
  await c.get('services').recordRefusedCall({
    identity,
    use,
    action: keepWord(action, /^[A-Za-z0-9]{1,64}$/) ?? 'unknown',
    target: findTarget(parameters),
    reason,
    request: c.get('requestContext'),
  });
}

/** A client's text is recorded only if it has the expected form. */
function keepWord(text: string | null, form: RegExp): string | null {
  return text !== null && form.test(text) ? text : null;
}

function missing(name: string): SignetError {
  return new SignetError('missing-parameter', `${name} is mandatory for this action.`, {
    field: name,
  });
}
