import { encodePem } from '../../../asn1/pem.ts';
import { chooseMediaType } from '../common/media-type.ts';

export const PEM_CHAIN = 'application/pem-certificate-chain';
export const JSON_TYPE = 'application/json';

/** Whether the client prefers JSON to PEM. Without a preference it gets PEM. */
export function prefersJson(request: Request): boolean {
  return chooseMediaType(request, [PEM_CHAIN, JSON_TYPE]) === JSON_TYPE;
}

/** Whether a body of unknown content type is JSON: neither PEM nor DER begins with a brace. */
export function looksLikeJson(body: Uint8Array): boolean {
  const first = body.find((byte) => byte !== 0x20 && !(byte >= 0x09 && byte <= 0x0d));
  return first === 0x7b;
}

/** Encodes a chain as PEM, without the root at its end: verifiers must have it already. */
export function encodeChain(chainDer: readonly Uint8Array[]): string[] {
  return chainDer.slice(0, -1).map((der) => encodePem('CERTIFICATE', der));
}
