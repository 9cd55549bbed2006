import { encodePem } from '../../../asn1/pem.ts';

export const PEM_CHAIN = 'application/pem-certificate-chain';

/** Whether the client prefers JSON to PEM. Without a preference it gets PEM. */
export function prefersJson(request: Request): boolean {
  const accept = request.headers.get('Accept') ?? '*/*';
  return weigh(accept, 'application/json') > weigh(accept, PEM_CHAIN);
}

/** Returns the weight that an Accept header gives to a media type (RFC 9110 section 12.5.1), 0 to 1. */
function weigh(accept: string, mediaType: string): number {
  const [type = ''] = mediaType.split('/');
  let best = { specificity: -1, weight: 0 };
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const specificity = [`*/*`, `${type}/*`, mediaType].indexOf(name);
    if (specificity <= best.specificity) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    best = { specificity, weight: weight === undefined ? 1 : Number(weight) || 0 };
  }
  return best.weight;
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
