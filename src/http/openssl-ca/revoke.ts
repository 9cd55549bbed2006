import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import type { AuthorizedCall } from '../call.ts';
import { findByCertificate } from './find-by-certificate.ts';
import { findBySerial } from './find-by-serial.ts';
import { type FoundSerial, findOwnCertificates } from './find-own-certificates.ts';
import { readField, readRequest } from './read-request.ts';

/** DELETE /api/ca/revoke */
export async function revokeCertificate(call: AuthorizedCall): Promise<Response> {
  const request = await readRequest(call);
  const certificate = readField(request, 'cert');
  const serial = readField(request, 'serial');
  const { serialHex, authorityId } = await findSerial(call, certificate, serial);
  await call.services.revokeCertificate({
    authorityId,
    serialHex,
    reason: 'unspecified',
    invalidityDateSeconds: null,
    principal: call.principal,
    request: call.context,
  });
  const msg = 'Revoke Certificate success!';
  call.note(`${msg} (${serialHex})`);
  return Response.json({ status: 0, msg, 'Serial Number': formatSerial(serialHex) });
}

async function findSerial(
  call: AuthorizedCall,
  certificate: string | null,
  serial: string | null,
): Promise<FoundSerial> {
  if (certificate !== null) return findByCertificate(call, certificate);
  if (serial !== null) {
    const serialHex = await findBySerial(call, serial);
    const [found] = await findOwnCertificates(call, serialHex);
    return { serialHex, authorityId: found?.authorityId ?? DEFAULT_AUTHORITY_ID };
  }
  throw new SignetError('missing-parameter', "'cert' or 'serial' is missing.");
}

/** As `openssl x509 -serial` prints it: whole bytes, upper case. */
function formatSerial(serialHex: string): string {
  return serialHex.padStart(serialHex.length + (serialHex.length % 2), '0').toUpperCase();
}
