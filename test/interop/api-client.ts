import type { RunningServer } from './server.ts';

/** Returns HTTP Basic credentials (RFC 7617) of the server's root access key. */
export function authorization({ secrets }: RunningServer): string {
  const credentials = `${secrets.ROOT_ACCESS_KEY_ID}:${secrets.ROOT_ACCESS_KEY_SECRET}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

export function postCsr(
  server: RunningServer,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${server.url}/api/v1/certificates`, {
    method: 'POST',
    headers: { Authorization: authorization(server), ...headers },
    body,
  });
}

/** Issues a certificate and returns it in PEM. Throws the server's message if it refuses. */
export async function issue(
  server: RunningServer,
  csr: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  const response = await postCsr(server, csr);
  const text = await response.text();
  if (response.status !== 201) throw new Error(`issue: ${response.status} ${text}`);
  return text;
}

export async function revoke(
  server: RunningServer,
  serial: string,
  options: Readonly<Record<string, string>> = {},
): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/certificates/${serial}/revoke`, {
    method: 'POST',
    headers: { Authorization: authorization(server) },
    body: JSON.stringify(options),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`revoke: ${response.status} ${text}`);
}

export async function download(server: RunningServer, path: string): Promise<string> {
  const response = await fetch(`${server.url}${path}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}
