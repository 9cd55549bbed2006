import { SignetError } from '../../errors.ts';
import { type AuthorizedContext, note } from '../context.ts';
import { type FoundSerial, findSerial, findSerialOfCertificate } from './find-serial.ts';
import { readField, readRequest } from './read-request.ts';

/** DELETE /api/ca/revoke */
export async function revokeCertificate(c: AuthorizedContext): Promise<Response> {
  const request = await readRequest(c);
  const { serialHex, authorityId } = await findNamed(
    c,
    readField(request, 'cert'),
    readField(request, 'serial'),
  );
  await c.get('services').revokeCertificate({
    authorityId,
    serialHex,
    reason: 'unspecified',
    invalidityDateSeconds: null,
    principal: c.get('principal'),
    request: c.get('requestContext'),
  });
  const msg = 'Revoke Certificate success!';
  note(c, `${msg} (${serialHex})`);
  return Response.json({ status: 0, msg, 'Serial Number': formatSerial(serialHex) });
}

async function findNamed(
  c: AuthorizedContext,
  certificate: string | null,
  serial: string | null,
): Promise<FoundSerial> {
  if (certificate !== null) return findSerialOfCertificate(c, certificate);
  if (serial !== null) return findSerial(c, serial);
  throw new SignetError('missing-parameter', "'cert' or 'serial' is missing.");
}

/** As `openssl x509 -serial` prints it: whole bytes, upper case. */
function formatSerial(serialHex: string): string {
  const digits = serialHex.replace('-', '');
  const wholeBytes = digits.padStart(digits.length + (digits.length % 2), '0').toUpperCase();
  return serialHex.startsWith('-') ? `-${wholeBytes}` : wholeBytes;
}
