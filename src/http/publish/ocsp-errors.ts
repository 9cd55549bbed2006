import type { SignetErrorCode } from '../../errors.ts';
import { encodeOcspError, type OcspErrorName } from '../../x509/status/ocsp-response.ts';
import type { ErrorForm } from '../context.ts';
import { OCSP_CONTENT_TYPE } from '../edge/ocsp-responses.ts';

/** RFC 6960 section 2.3. An unknown authority is unauthorized (RFC 5019 section 2.2.3). */
const NAME_BY_CODE: Readonly<Partial<Record<SignetErrorCode, OcspErrorName>>> = {
  'malformed-request': 'malformedRequest',
  'request-too-large': 'malformedRequest',
  'authority-not-found': 'unauthorized',
  'authority-unavailable': 'tryLater',
  'record-unavailable': 'tryLater',
  'sealing-unavailable': 'tryLater',
  internal: 'internalError',
};

/** OCSP errors have HTTP status 200: the status that counts is in the response. */
export function answerOcspError(name: OcspErrorName): Response {
  return new Response(encodeOcspError(name), { headers: { 'Content-Type': OCSP_CONTENT_TYPE } });
}

/** What HTTP itself forbids (a method, a request by a browser from another site) has an HTTP status. */
export const ocspErrors: ErrorForm = (error) => {
  const name = NAME_BY_CODE[error.code];
  return {
    message: `${name ?? error.code}: ${error.message}`,
    response:
      name === undefined ? new Response(null, { status: error.status }) : answerOcspError(name),
  };
};
