import { createHash, createHmac } from 'node:crypto';
import {
  canonicalParameters,
  encodeStrictly,
} from '../../../src/http/cas/authentication/acs-parameters.ts';
import {
  isVisit,
  type RpcRequest,
  readRpcRequest,
  verifyRpcRequest,
} from '../../../src/http/cas/rpc-request.ts';
import { ACCESS_KEY, ACCESS_KEYS } from '../access-keys.ts';
import { assertSame, assertTrue, attemptAsync } from '../oracle.ts';
import { readHeaders, readLatin1, splitLine } from '../text.ts';

/** The input is method and query, headers and, after an empty line, the form. */
export async function fuzz(data: Buffer): Promise<void> {
  const [start, lines] = splitLine(readLatin1(data));
  const [method = '', query = ''] = start.split(' ', 2);
  const [head = '', body = ''] = lines.split('\n\n', 2);
  const made = makeRequest(method, query, readHeaders(head), Buffer.from(body, 'latin1'));
  if (made === null) return;
  const request = await attemptAsync(() => readRpcRequest(made, new URL(made.url)));
  if (request === null) return;
  isVisit(request);
  const { headers, parameters, authorization } = request;
  const time = authorization === null ? parameters.get('Timestamp') : headers.get('x-acs-date');
  // The clock shows the request's own time, so that seeds do not expire.
  const services = { clock: () => Date.parse(time ?? '') || 0, accessKeySecrets: ACCESS_KEYS };
  const signed = await attemptAsync(() => verifyRpcRequest(request, services));
  if (signed !== null) {
    assertSame('who', signed.identity.accessKeyId, ACCESS_KEY.id);
    assertTrue('accepted without a right signature', isRightlySigned(request));
  }
}

/** Returns null for a request that the platform refuses before it reaches the Worker. */
function makeRequest(
  method: string,
  query: string,
  headers: Headers,
  body: Buffer,
): Request | null {
  try {
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
    // A body of unknown length is read by what only workerd has.
    if (hasBody) headers.set('Content-Length', String(body.length));
    const init = { method, headers, ...(hasBody ? { body: new Uint8Array(body) } : {}) };
    return new Request(`http://localhost/?${query}`, init);
  } catch {
    return null;
  }
}

/** Signs the request as a client does. */
function isRightlySigned({ method, headers, query, parameters, body, authorization }: RpcRequest) {
  if (authorization === null) {
    const others = new Map([...parameters].filter(([name]) => name !== 'Signature'));
    const text = `${method}&%2F&${encodeStrictly(canonicalParameters(others))}`;
    const own = createHmac('sha1', `${ACCESS_KEY.secret}&`).update(text).digest('base64');
    return own === parameters.get('Signature');
  }
  const [, list = '', given = ''] =
    /SignedHeaders=([^,\s]+), *Signature=([^,\s]+)$/.exec(authorization.trim()) ?? [];
  const names = list.split(';').sort();
  const canonical = [
    method,
    '/',
    canonicalParameters(query),
    ...names.map((name) => `${name}:${(headers.get(name) ?? '').trim()}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = `ACS3-HMAC-SHA256\n${hash}`;
  return createHmac('sha256', ACCESS_KEY.secret).update(text).digest('hex') === given;
}
