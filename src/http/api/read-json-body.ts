import { decodeJsonObject, type JsonObject } from '../json.ts';

/** A body that may be left out: then an empty object. @throws SignetError malformed-request */
export function decodeOptionalJsonObject(body: Uint8Array): JsonObject {
  return body.length === 0 ? {} : decodeJsonObject(body);
}

/** Whether a body of unknown content type is JSON: neither PEM nor DER begins with a brace. */
export function looksLikeJson(body: Uint8Array): boolean {
  const first = body.find((byte) => byte !== 0x20 && !(byte >= 0x09 && byte <= 0x0d));
  return first === 0x7b;
}
