import { SignetError } from '../../errors.ts';
import type { OcspAnswer } from '../../ocsp/ocsp.ts';
import { OcspRequestError, parseOcspRequest } from '../../x509/status/ocsp-request.ts';
import type { Call } from '../call.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { OCSP_CONTENT_TYPE, ocspResource } from '../edge/ocsp-responses.ts';
import { readBody } from '../middleware/read-body.ts';
import { answerOcspError } from './ocsp-errors.ts';
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
  const build = async () => services.answerOcsp(await services.openAuthority(authorityId), request);
  const resource = ocspResource({
    authorityId,
    request,
    method: call.request.method,
    edgeTtlSeconds: services.config.edgeTtlSeconds,
    clock: services.clock,
    build,
    encodeUncached: (answer) => encodeUncached(call, answer),
    findStatus: (id, serialHex) => services.findOcspStatus(id, serialHex),
  });
  return resource === null
    ? encodeUncached(call, await build())
    : services.edge.serve(edgeRequestOf(call), resource);
}

function encodeUncached(call: Call, answer: OcspAnswer): Response {
  if (answer.kind === 'unauthorized') {
    call.note('unauthorized: no CertID names this authority, or it has expired');
    return answerOcspError('unauthorized');
  }
  const { responseDer } = answer;
  return new Response(call.request.method === 'HEAD' ? null : responseDer, {
    headers: {
      'Content-Type': OCSP_CONTENT_TYPE,
      'Content-Length': String(responseDer.length),
    },
  });
}

function parse(requestDer: Uint8Array) {
  try {
    return parseOcspRequest(requestDer);
  } catch (error) {
    if (!(error instanceof OcspRequestError)) throw error;
    throw new SignetError('malformed-request', `It is no OCSP request: ${error.message}.`);
  }
}
