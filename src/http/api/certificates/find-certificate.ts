import { SignetError } from '../../../errors.ts';
import type { RecordedCertificate } from '../../../issuance/store.ts';
import { normalizeSerialHex } from '../../../x509/certificate/serial-number.ts';
import type { AuthorizedContext } from '../../context.ts';

/** Returns a serial number in Signet's form. @throws SignetError invalid-parameter */
export function parseSerial(text: string): string {
  const serialHex = normalizeSerialHex(text);
  if (serialHex !== null) return serialHex;
  throw new SignetError(
    'invalid-parameter',
    'A serial number is hexadecimal, not zero, and at most 20 octets long (RFC 5280 section 4.1.2.2).',
    { field: 'serial' },
  );
}

/**
 * Finds the certificate that `:serial` in the path and `?authority=` name, among those that the
 * caller may see. Throws as findCertificate.
 */
export async function findNamedCertificate(c: AuthorizedContext): Promise<RecordedCertificate> {
  const authorityId = c.get('url').searchParams.get('authority');
  return findCertificate(c, c.req.param('serial') ?? '', authorityId);
}

/** @throws SignetError invalid-parameter, certificate-not-found, ambiguous-serial */
export async function findCertificate(
  c: AuthorizedContext,
  serial: string,
  authorityId: string | null,
): Promise<RecordedCertificate> {
  const serialHex = parseSerial(serial);
  const [certificate, ...others] = await c
    .get('services')
    .findCertificates(serialHex, authorityId, c.get('principal'));
  if (certificate === undefined) {
    throw new SignetError('certificate-not-found', 'There is no certificate with this serial.', {
      field: 'serial',
    });
  }
  if (others.length > 0) {
    const ids = [certificate, ...others].map((found) => found.authorityId).join(', ');
    throw new SignetError(
      'ambiguous-serial',
      `Several authorities issued this serial. Name one of them as authority: ${ids}.`,
      { field: 'authority' },
    );
  }
  return certificate;
}
