import type { MiddlewareHandler } from 'hono';
import { ROOT_ACCOUNT_ID } from '../../access/principal.ts';
import { SHARED_SECRET_PRINCIPAL } from '../../access/shared-secret.ts';
import { SignetError } from '../../errors.ts';
import type { HttpEnv } from '../context.ts';
import type { Authenticate, ProtectedRoute } from '../route.ts';

/**
 * Authenticates the caller and sets `principal`. The query of the operation checks the principal's
 * grant; the router withholds an answer whose operation did not (create-dialect-app.ts).
 * @throws SignetError forbidden, what the dialect's authentication throws, and what `permit` throws
 */
export function authorize(
  { path, caller, rootOnly }: Pick<ProtectedRoute, 'path' | 'caller' | 'rootOnly'>,
  authenticate: Authenticate | null,
): MiddlewareHandler<HttpEnv> {
  if (caller === 'shared secret') {
    // The envelope in the body proves the secret. The handler opens it before it does anything.
    return async (c, next) => {
      const policyId = c.get('services').config.openSslCaPolicyId;
      c.set('principal', { ...SHARED_SECRET_PRINCIPAL, policyId });
      await next();
    };
  }
  if (authenticate === null)
    throw new Error(`${path} takes a scope, but its dialect no access key`);
  return async (c, next) => {
    const identity = await authenticate(c);
    if (rootOnly === true && identity.accountId !== ROOT_ACCOUNT_ID) {
      throw new SignetError(
        'forbidden',
        `Only access keys of the account ${ROOT_ACCOUNT_ID} may do this.`,
      );
    }
    const { accessKeySecrets } = c.get('services');
    const principal = await accessKeySecrets.permit(identity, caller);
    if (!identity.root) {
      // The answer does not wait for this, and a lost note does no harm.
      c.executionCtx.waitUntil(accessKeySecrets.noteUse(identity.accessKeyId).catch(() => {}));
    }
    c.set('principal', principal);
    await next();
  };
}
