import { SignetError } from '../../errors.ts';
import type { OcspAnswer } from '../../ocsp/ocsp.ts';
import {
  type OcspRequest,
  OcspRequestError,
  parseOcspRequest,
} from '../../x509/status/ocsp-request.ts';
import { type HttpContext, note } from '../context.ts';
import { edgeRequestOf } from '../edge/from-context.ts';
import { OCSP_CONTENT_TYPE, ocspResource } from '../edge/ocsp-responses.ts';
import { readRequestBody } from '../middleware/read-body.ts';
import { answerOcspError } from './ocsp-errors.ts';
import { readOcspPath } from './ocsp-path.ts';

const REQUEST_TYPE = 'application/ocsp-request';

/** POST /ocsp/{authority} (RFC 6960 appendix A.1) */
export async function postOcsp(c: HttpContext): Promise<Response> {
  const body = await readRequestBody(c);
  const contentType = c.req.raw.headers.get('Content-Type');
  if (contentType !== null && contentType.split(';')[0]?.trim().toLowerCase() !== REQUEST_TYPE) {
    throw new SignetError('malformed-request', `The content type must be ${REQUEST_TYPE}.`);
  }
  return answer(c, body);
}

/** GET /ocsp/{authority}/{request in base64} (RFC 6960 appendix A.1) */
export async function getOcsp(c: HttpContext): Promise<Response> {
  return answer(c, readOcspPath(c.get('url').pathname));
}

async function answer(c: HttpContext, requestDer: Uint8Array): Promise<Response> {
  const services = c.get('services');
  const authorityId = c.req.param('authority') ?? '';
  const request = parse(requestDer);
  const build = () => services.answerOcsp(authorityId, request);
  const resource = ocspResource({
    authorityId,
    request,
    method: c.req.method,
    edgeTtlSeconds: services.config.edgeTtlSeconds,
    clock: services.clock,
    build,
    encodeUncached: (answered) => encodeUncached(c, answered),
    findStatus: (id, serialHex) => services.findOcspStatus(id, serialHex),
  });
  return resource === null
    ? encodeUncached(c, await build())
    : services.edge.serve(edgeRequestOf(c), resource);
}

function parse(requestDer: Uint8Array): OcspRequest {
  try {
    return parseOcspRequest(requestDer);
  } catch (error) {
    if (!(error instanceof OcspRequestError)) throw error;
    throw new SignetError(
      'malformed-request',
      `The body or path is not an OCSP request: ${error.message}.`,
    );
  }
}

function encodeUncached(c: HttpContext, answer: OcspAnswer): Response {
  if (answer.kind === 'unauthorized') {
    note(c, 'unauthorized: no CertID names this authority, or it has expired');
    return answerOcspError('unauthorized');
  }
  const { responseDer } = answer;
  return new Response(c.req.method === 'HEAD' ? null : responseDer, {
    headers: {
      'Content-Type': OCSP_CONTENT_TYPE,
      'Content-Length': String(responseDer.length),
    },
  });
}
