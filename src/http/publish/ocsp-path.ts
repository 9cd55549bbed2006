import { SignetError } from '../../errors.ts';

/** The length of `/ocsp/`, which precedes the authority's id. */
const PREFIX_LENGTH = 6;
/** Enough for the base64 of the largest request that POST takes. */
const MAX_CHARACTERS = 12 * 1024;

/**
 * Decodes the request in base64 after `/ocsp/{authority}/` (RFC 6960 appendix A.1). It accepts every
 * spelling that clients use: percent-encoded once, twice or not at all; base64url; extra slashes in
 * front; no padding; line breaks; and `+` that became a space on the way.
 * @param pathname as it was sent: once decoded, slashes of base64 and of the path look the same
 * @throws SignetError malformed-request
 */
export function readOcspPath(pathname: string): Uint8Array {
  // The base64 of a DER request never begins with a slash.
  let text = pathname.slice(pathname.indexOf('/', PREFIX_LENGTH)).replace(/^\/+/, '');
  if (text.length > MAX_CHARACTERS) throw refuse('it is too long');
  try {
    for (let round = 0; round < 2 && text.includes('%'); round++) text = decodeURIComponent(text);
    if (/[-_ =\s]/.test(text)) text = normalizeBase64(text);
    return Uint8Array.fromBase64(text);
  } catch (error) {
    throw refuse('it is not base64', error);
  }
}

function normalizeBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/').replaceAll(' ', '+').replace(/[=\s]/g, '');
}

function refuse(reason: string, cause?: unknown): SignetError {
  return new SignetError('malformed-request', `The path holds no OCSP request: ${reason}.`, {
    ...(cause === undefined ? {} : { cause }),
  });
}
