import { SignetError } from '../../errors.ts';
import { OcspRequestError, parseOcspRequest } from '../../x509/status/ocsp-request.ts';
import type { Call } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import { serveOcsp } from '../ocsp-cache.ts';
import { readOcspPath } from './ocsp-path.ts';

const REQUEST_TYPE = 'application/ocsp-request';
/** Room for 20 CertIDs, or for a signature with its certificates. */
const MAX_REQUEST_BYTES = 8 * 1024;

/** POST /ocsp/{authority} (RFC 6960 appendix A.1) */
export async function postOcsp(call: Call): Promise<Response> {
  const body = await readBody(call.request, MAX_REQUEST_BYTES);
  const contentType = call.request.headers.get('Content-Type');
  if (contentType !== null && contentType.split(';')[0]?.trim().toLowerCase() !== REQUEST_TYPE) {
    throw new SignetError('malformed-request', `The content type must be ${REQUEST_TYPE}.`);
  }
  return answer(call, body);
}

/** GET /ocsp/{authority}/{request in base64} (RFC 6960 appendix A.1) */
export async function getOcsp(call: Call): Promise<Response> {
  return answer(call, readOcspPath(call.url.pathname));
}

async function answer(call: Call, requestDer: Uint8Array): Promise<Response> {
  const { services, params } = call;
  const authorityId = params.authority ?? '';
  const request = parse(requestDer);
  return serveOcsp(call, authorityId, request, async () =>
    services.answerOcsp(await services.openAuthority(authorityId), request),
  );
}

function parse(requestDer: Uint8Array) {
  try {
    return parseOcspRequest(requestDer);
  } catch (error) {
    if (!(error instanceof OcspRequestError)) throw error;
    throw new SignetError('malformed-request', `It is no OCSP request: ${error.message}.`);
  }
}
