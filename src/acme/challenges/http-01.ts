import { decodeUtf8 } from '../../bytes.ts';
import type { Network } from '../../net/network.ts';
import { type Challenge, type ChallengeOutcome, refuse, VALID } from './challenge.ts';

/** RFC 8555 section 8.3; for IP addresses RFC 8738 section 4. @throws NetworkError */
export async function validateHttp01(
  network: Network,
  { identifier, token, keyAuthorization }: Challenge,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  const path = `/.well-known/acme-challenge/${token}`;
  const { status, body, url } = await network.fetchHttp(identifier, path, signal);
  if (status !== 200) return refuse('unauthorized', `${url} answered with the status ${status}.`);
  return decodeUtf8(body)?.trimEnd() === keyAuthorization
    ? VALID
    : refuse('unauthorized', `The body of ${url} is not the key authorization.`);
}
