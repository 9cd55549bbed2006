import { decodeUtf8 } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { readBody } from '../middleware/read-body.ts';
import type { Services } from '../services.ts';
import {
  decodeParameters,
  mergeParameters,
  type Parameters,
} from './authentication/acs-parameters.ts';
import type { AcsRequest, SignedRequest } from './authentication/acs-request.ts';
import { verifyAcsV1 } from './authentication/acs-v1.ts';
import { isAcsV3, verifyAcsV3 } from './authentication/acs-v3.ts';

/** A call in the RPC style, its parts collected from query, headers and form. */
export interface RpcRequest extends AcsRequest {
  /** Null for the first version of the signature, which is one of the parameters. */
  readonly authorization: string | null;
  /** Null if it is not given. */
  readonly action: string | null;
  readonly version: string | null;
}

/** More than the largest CSR. The platform refuses longer addresses itself. */
const MAX_BYTES = 64 * 1024;
const FORM_TYPE = /^application\/x-www-form-urlencoded *(;|$)/i;

/** @throws SignetError malformed-request, invalid-parameter, request-too-large */
export async function readRpcRequest(request: Request, url: URL): Promise<RpcRequest> {
  const queryText = url.search.slice(1);
  if (queryText.length > MAX_BYTES) {
    throw new SignetError('request-too-large', `The query is larger than ${MAX_BYTES} bytes.`);
  }
  const body = await readBody(request, MAX_BYTES);
  const query = decodeParameters(queryText);
  const parameters = mergeParameters(query, readForm(request.headers, body));
  const given = request.headers.get('Authorization');
  const authorization = isAcsV3(given) ? given : null;
  const find = (header: string, parameter: string) =>
    (authorization === null ? parameters.get(parameter) : request.headers.get(header)?.trim()) ||
    null;
  return {
    method: request.method,
    headers: withHost(request.headers, url.host),
    query,
    parameters,
    body,
    authorization,
    action: find('x-acs-action', 'Action'),
    version: find('x-acs-version', 'Version'),
  };
}

/** Whether the request is that of a browser and calls no action. */
export function isVisit({ method, headers, parameters }: RpcRequest): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !headers.has('Authorization') &&
    !headers.has('x-acs-action') &&
    !['Action', 'AccessKeyId', 'Signature'].some((name) => parameters.has(name))
  );
}

/** @throws SignetError as verifyAcsV3 and verifyAcsV1 do */
export function verifyRpcRequest(
  request: RpcRequest,
  { clock, accessKeySecrets }: Pick<Services, 'clock' | 'accessKeySecrets'>,
): Promise<SignedRequest> {
  const verification = { nowSeconds: Math.floor(clock() / 1000), secrets: accessKeySecrets };
  return request.authorization === null
    ? verifyAcsV1(request, verification)
    : verifyAcsV3(request, request.authorization, verification);
}

function readForm(headers: Headers, body: Uint8Array): Parameters {
  if (body.length === 0) return new Map();
  if (!FORM_TYPE.test(headers.get('Content-Type') ?? '')) {
    throw new SignetError(
      'malformed-request',
      'Send parameters in the query or in a body of type application/x-www-form-urlencoded.',
    );
  }
  const text = decodeUtf8(body);
  if (text === null) throw new SignetError('malformed-request', 'The body is not UTF-8.');
  return decodeParameters(text);
}

/** A request that crossed no network may have no Host. */
function withHost(headers: Headers, host: string): Headers {
  if (headers.has('Host')) return headers;
  const copy = new Headers(headers);
  copy.set('Host', host);
  return copy;
}
