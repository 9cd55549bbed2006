import { SignetError } from '../../errors.ts';
import type { HttpContext } from '../context.ts';
import { decodeJsonObject, type JsonObject } from '../json.ts';
import { readRequestBody } from '../middleware/read-body.ts';
import { importEnvelopeKey, type OpenedEnvelope, openEnvelope } from './envelope.ts';

/** Reads the JSON object of a request. @throws SignetError malformed-request, request-too-large */
export async function readRequest(c: HttpContext): Promise<JsonObject> {
  return decodeJsonObject(await readRequestBody(c));
}

/** The trimmed text of a field, or null if it is missing, blank or not text. */
export function readField(request: JsonObject, field: string): string | null {
  const value = Object.hasOwn(request, field) ? request[field] : undefined;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}

/** The key imported last, which is that of almost every request. */
let lastKey: { readonly secret: string; readonly key: CryptoKey } | null = null;

/** Opens an envelope with the configured secret. */
export async function openWithSecret(
  c: HttpContext,
  envelope: Uint8Array,
): Promise<readonly OpenedEnvelope[]> {
  const secret = c.get('services').config.openSslCaSecret;
  if (secret === null) throw new SignetError('not-found', 'There is no shared secret here.');
  if (lastKey?.secret !== secret) lastKey = { secret, key: await importEnvelopeKey(secret) };
  return openEnvelope(lastKey.key, envelope);
}
