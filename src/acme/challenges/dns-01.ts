import { concatBytes, decodeUtf8 } from '../../bytes.ts';
import type { Network } from '../../net/network.ts';
import { NetworkError } from '../../net/network-error.ts';
import { type Challenge, type ChallengeOutcome, refuse, VALID } from './challenge.ts';
import { hashKeyAuthorization } from './key-authorization.ts';

/** RFC 8555 section 8.4. @throws NetworkError */
export async function validateDns01(
  network: Network,
  { identifier, keyAuthorization }: Challenge,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  const name = `_acme-challenge.${identifier.value}`;
  const digest = await hashKeyAuthorization(keyAuthorization);
  const expected = digest.toBase64({ alphabet: 'base64url', omitPadding: true });
  const texts = (await network.queryDns(name, 'TXT', signal)).map(readText);
  if (texts.includes(expected)) return VALID;
  return texts.length === 0
    ? refuse('unauthorized', `${name} has no TXT record. Add one with the value ${expected}.`)
    : refuse('unauthorized', `No TXT record of ${name} has the value ${expected}.`);
}

/** Joins the character-strings of a TXT record (RFC 1035 section 3.3.14). */
function readText(data: Uint8Array): string | null {
  const strings: Uint8Array[] = [];
  for (let offset = 0; offset < data.length; ) {
    const end = offset + 1 + (data[offset] ?? 0);
    if (end > data.length) throw new NetworkError('dns', 'A TXT record is malformed.');
    strings.push(data.subarray(offset + 1, end));
    offset = end;
  }
  return decodeUtf8(concatBytes(...strings));
}
