import { SignetError } from '../../errors.ts';
import type { RecordedCertificate } from '../../issuance/store.ts';
import { normalizeSerialHex } from '../../x509/certificate/serial-number.ts';
import type { AuthorizedCall } from '../call.ts';

/** A serial number in lower-case hex without leading zeros. @throws SignetError invalid-parameter */
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
 * The certificate that the path and `?authority=` name, among those that the caller may see.
 * @throws SignetError invalid-parameter, certificate-not-found, ambiguous-serial
 */
export async function findNamedCertificate(call: AuthorizedCall): Promise<RecordedCertificate> {
  return findCertificate(call, call.params.serial ?? '', call.url.searchParams.get('authority'));
}

/** The same where they stand elsewhere. Throws as findNamedCertificate. */
export async function findCertificate(
  call: AuthorizedCall,
  serial: string,
  authorityId: string | null,
): Promise<RecordedCertificate> {
  const serialHex = parseSerial(serial);
  const [certificate, ...others] = await call.services.findCertificates(
    serialHex,
    authorityId,
    call.principal,
  );
  if (certificate === undefined) {
    throw new SignetError('certificate-not-found', 'There is no certificate with this serial.', {
      field: 'serial',
    });
  }
  if (others.length > 0) {
    const ids = [certificate, ...others].map((found) => found.authorityId).join(', ');
    throw new SignetError(
      'ambiguous-serial',
      `Several authorities issued this serial: name one as authority (${ids}).`,
      { field: 'authority' },
    );
  }
  return certificate;
}
