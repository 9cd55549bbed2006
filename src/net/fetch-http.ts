import { encodeUtf8 } from '../bytes.ts';
import { parseIpAddress } from '../x509/names/ip-address.ts';
import { ByteSource } from './byte-source.ts';
import { encodeHttpRequest, type HttpMessage, readHttpMessage } from './http-message.ts';
import type { Host, Network } from './network.ts';
import { NetworkError } from './network-error.ts';
import { CloudflareAddressError, type OpenConnection } from './open-connection.ts';
import type { Platform } from './platform.ts';
import { readBody } from './read-body.ts';
import { untilAborted } from './time-limit.ts';
import { startTls } from './tls/start-tls.ts';

const MAX_REDIRECTS = 10;
const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_URL_BYTES = 8 * 1024;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Creates the function that sends HTTP requests. Each redirect passes the checks of the first URL. */
export function createFetchHttp(options: {
  readonly openConnection: OpenConnection;
  readonly fetch: Platform['fetch'];
  readonly httpPort: number;
  readonly tlsPort: number;
}): Network['fetchHttp'] {
  const { openConnection, fetch, httpPort, tlsPort } = options;

  async function request(url: URL, signal: AbortSignal): Promise<HttpMessage> {
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    if (port !== httpPort && port !== tlsPort) {
      throw refuse(`the port ${port} is not ${httpPort} or ${tlsPort}`);
    }
    try {
      return await requestOnSocket(url, port, openConnection, signal);
    } catch (error) {
      if (!(error instanceof CloudflareAddressError)) throw error;
      return requestByName(url, fetch, signal);
    }
  }

  return async function fetchHttp(host, path, signal) {
    const first = URL.parse(`http://${formatHost(host)}:${httpPort}${path}`);
    if (first === null) throw new NetworkError('dns', `${host.value} is not a host.`);
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const { status, location, body } = await request(url, signal);
      if (!REDIRECTS.includes(status) || location === null) return { status, body, url: url.href };
      if (redirects === MAX_REDIRECTS) throw refuse(`there are more than ${MAX_REDIRECTS}`);
      url = readLocation(location, url);
    }
  };
}

function formatHost({ type, value }: Host): string {
  return type === 'ip' && value.includes(':') ? `[${value}]` : value;
}

function readLocation(location: string, base: URL): URL {
  const url = URL.parse(location, base);
  if (url === null || encodeUtf8(url.href).length > MAX_URL_BYTES) {
    throw refuse('its Location is not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse('it leads to neither http nor https');
  }
  if (url.username !== '' || url.password !== '') throw refuse('its URL has credentials');
  return url;
}

function refuse(reason: string): NetworkError {
  return new NetworkError('response', `The redirect is not followed: ${reason}.`);
}

/** The host of a URL; the parser of URLs has brought every spelling of an IPv4 address to one. */
function readHost({ hostname }: URL): Host {
  const address = hostname.replace(/^\[|\]$/g, '');
  return parseIpAddress(address) === null
    ? { type: 'dns', value: hostname.replace(/\.$/, '') }
    : { type: 'ip', value: address };
}

async function requestOnSocket(
  url: URL,
  port: number,
  openConnection: OpenConnection,
  signal: AbortSignal,
): Promise<HttpMessage> {
  const host = readHost(url);
  const socket = await openConnection(host, port, signal);
  try {
    const isTls = url.protocol === 'https:';
    const serverName = host.type === 'dns' ? host.value : null;
    const connection = isTls ? await startTls(socket, serverName) : socket;
    await connection.write(encodeHttpRequest(url));
    return await readHttpMessage(
      new ByteSource(() => connection.read(), MAX_RESPONSE_BYTES, 'response'),
    );
  } finally {
    socket.close();
  }
}

/**
 * Fetches from a host behind Cloudflare's proxy, which sockets do not reach. The platform resolves
 * the name again, but sends the request to no private address.
 */
async function requestByName(
  url: URL,
  fetch: Platform['fetch'],
  signal: AbortSignal,
): Promise<HttpMessage> {
  try {
    const response = await untilAborted(
      fetch(url.href, { redirect: 'manual', cache: 'no-store', signal }),
      signal,
    );
    return {
      status: response.status,
      location: response.headers.get('Location'),
      body: await readBody(response, MAX_RESPONSE_BYTES, 'response', signal),
    };
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw new NetworkError('connection', `Cannot fetch ${url.href}.`, { cause: error });
  }
}
