import { authorityNotFound } from '../../authorities/authority-not-found.ts';
import { SignetError } from '../../errors.ts';
import { requireParameter } from './authentication/acs-parameters.ts';
import { findCa, isOwn } from './find-ca.ts';
import { findExternalCa, isExternalIdentifier } from './find-external-ca.ts';
import type { RpcCall } from './rpc-call.ts';

/** UpdateCACertificateStatus: revokes a CA here, or the certificate of a CA run elsewhere. */
export async function updateCaCertificateStatus(call: RpcCall) {
  const { parameters } = call;
  const identifier = requireParameter(parameters, 'Identifier');
  if (requireParameter(parameters, 'Status') !== 'REVOKE') {
    throw new SignetError('invalid-parameter', 'Status can only be changed to REVOKE.', {
      field: 'Status',
    });
  }
  if (isExternalIdentifier(identifier)) await revokeExternal(call, identifier);
  else await revokeOwn(call, identifier);
  call.note(`revoked ${identifier}`);
  return {};
}

async function revokeOwn(call: RpcCall, identifier: string): Promise<void> {
  const { services, principal, requestContext } = call;
  const { current } = await findCa(call, identifier);
  // An account may use authorities of `root`, but not revoke them.
  if (!isOwn(current, principal)) throw authorityNotFound(identifier);
  const asking = { principal, request: requestContext };
  await services.authorityManager.revoke(asking, current.lineageId, 'unspecified');
}

async function revokeExternal(call: RpcCall, identifier: string): Promise<void> {
  const { services, principal, requestContext } = call;
  const { authorityId, serialHex } = await findExternalCa(call, identifier);
  await services.revokeCertificate({
    authorityId,
    serialHex,
    reason: 'unspecified',
    invalidityDateSeconds: null,
    principal,
    request: requestContext,
  });
}
