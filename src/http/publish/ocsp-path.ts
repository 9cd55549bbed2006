import { SignetError } from '../../errors.ts';

/** `/ocsp/` is in front of the authority's id. */
const PREFIX_LENGTH = 6;
/** As many bytes of base64 as the largest request that POST takes. */
const MAX_CHARACTERS = 12 * 1024;

/**
 * The request that stands in base64 behind `/ocsp/{authority}/` (RFC 6960 appendix A.1), in all the
 * spellings that clients use: URL-encoded, once or twice, or not at all, with its slashes; as
 * base64url; with a slash too many before it, without padding, with `+` made a space by somebody on
 * the way.
 * @param pathname as it came: decoded it could not be told apart
 * @throws SignetError malformed-request
 */
export function readOcspPath(pathname: string): Uint8Array {
  // No DER begins with what base64 writes as a slash.
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
  return new SignetError(
    'malformed-request',
    `No OCSP request can be read of the path: ${reason}.`,
    {
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
