import { SignetError } from '../errors.ts';
import { encodeSerialHex, readSerialHex } from '../x509/certificate/serial-number.ts';

/** Names a certificate to renew (RFC 9773 section 4.1). */
export interface CertificateId {
  readonly keyIdentifier: Uint8Array;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
}

const FORM = /^([A-Za-z0-9_-]{1,80})\.([A-Za-z0-9_-]{1,40})$/;

/**
 * Parses base64url of the authorityKeyIdentifier and of the serial number's content, with a dot between
 * them. Each certificate has one such text: another text for the same bytes is refused.
 * @throws SignetError malformed-request
 */
export function parseCertificateId(text: string): CertificateId {
  const [, keyIdentifier = '', serial = ''] = FORM.exec(text) ?? [];
  const keyBytes = decode(keyIdentifier);
  const serialBytes = decode(serial);
  if (keyBytes !== null && serialBytes !== null && keyBytes.length > 0 && serialBytes.length > 0) {
    const id = { keyIdentifier: keyBytes, serialHex: readSerialHex(serialBytes) };
    if (formatCertificateId(id) === text) return id;
  }
  throw new SignetError(
    'malformed-request',
    'A certificate is named by base64url of its authorityKeyIdentifier, a dot, and base64url of its serial number (RFC 9773 section 4.1).',
    { field: 'replaces' },
  );
}

export function formatCertificateId({ keyIdentifier, serialHex }: CertificateId): string {
  return `${encode(keyIdentifier)}.${encode(encodeSerialHex(serialHex))}`;
}

/** Unix seconds. */
export interface RenewalWindow {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

const SHORT_LIVED_SECONDS = 10 * 86400;
const HOUR_SECONDS = 3600;

/**
 * Returns when to renew (RFC 9773 section 4.2): around two thirds of the life, or half of a life below
 * 10 days, give or take one per cent.
 * @param mustGo whether the certificate is revoked, or its authority has another key: the time is over
 */
export function suggestWindow(
  validity: { readonly notBeforeSeconds: number; readonly notAfterSeconds: number },
  mustGo: boolean,
  nowSeconds: number,
): RenewalWindow {
  if (mustGo) {
    return { startSeconds: nowSeconds - 2 * HOUR_SECONDS, endSeconds: nowSeconds - HOUR_SECONDS };
  }
  const { notBeforeSeconds, notAfterSeconds } = validity;
  const life = notAfterSeconds - notBeforeSeconds;
  const middle = notBeforeSeconds + (life < SHORT_LIVED_SECONDS ? life / 2 : (life * 2) / 3);
  const startSeconds = Math.floor(middle - life / 100);
  // The end must be later than the start, however short the life is.
  return { startSeconds, endSeconds: Math.max(Math.ceil(middle + life / 100), startSeconds + 1) };
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

function decode(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  } catch {
    return null;
  }
}
