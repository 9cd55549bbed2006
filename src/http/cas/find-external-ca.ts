import { authorityNotFound } from '../../authorities/authority-not-found.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import type { RpcCall } from './rpc-call.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an identifier is that of a CA run elsewhere, and not of an authority here. */
export function isExternalIdentifier(identifier: string): boolean {
  return UUID.test(identifier);
}

/** Finds the certificate of a CA run elsewhere. @throws SignetError authority-not-found */
export async function findExternalCa(
  { services, principal }: RpcCall,
  identifier: string,
): Promise<RecordedCertificate> {
  const found = await services.findIdentified(identifier, principal);
  if (found !== null && found.certificate.profile === 'external-sub-ca') return found.certificate;
  throw authorityNotFound(identifier);
}
