import { openWorker, type Received } from '../live.ts';

/** The header of the console's requests. */
export const MARK = { 'X-Requested-With': 'signet-console' };
export const ROOT = { accessKeyId: 'root-key', secret: 'root-secret-for-tests' };

/** The cookie that the answer sets, as the browser sends it back. */
export function readCookie({ headers }: Received): string {
  return (headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}

export async function openForBrowsers() {
  const worker = await openWorker();
  const signIn = (credentials: { accessKeyId: string; secret: string }) =>
    worker.send('/api/v1/sessions', { as: null, body: credentials });
  return { ...worker, signIn };
}
