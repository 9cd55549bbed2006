import { SignetError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { decodeJsonObject, type JsonObject } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import { importEnvelopeKey, type OpenedEnvelope, openEnvelope } from './envelope.ts';

/** The JSON object that sign and revoke take in the body. @throws SignetError malformed-request, request-too-large */
export async function readRequest(call: Call): Promise<JsonObject> {
  return decodeJsonObject(await readBody(call.request));
}

/** The trimmed text of a field, or null where it is missing, blank or no text. */
export function readField(request: JsonObject, field: string): string | null {
  const value = Object.hasOwn(request, field) ? request[field] : undefined;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}

let lastKey: { readonly secret: string; readonly key: CryptoKey } | null = null;

/** Opens an envelope with the configured secret; the imported key is kept for the next request. */
export async function openWithSecret(
  call: Call,
  envelope: Uint8Array,
): Promise<readonly OpenedEnvelope[]> {
  const secret = call.services.config.openSslCaSecret;
  if (secret === null) throw new SignetError('not-found', 'There is no shared secret here.');
  if (lastKey?.secret !== secret) lastKey = { secret, key: await importEnvelopeKey(secret) };
  return openEnvelope(lastKey.key, envelope);
}
