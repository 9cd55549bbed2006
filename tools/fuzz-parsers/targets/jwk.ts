import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { encodeJwk, isJwkOf } from '../../../src/x509/keys/jwk.ts';
import { type PublicKey, parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { listDerReadings } from '../strict-der.ts';

export function fuzz(data: Buffer): void {
  for (const der of listDerReadings(data)) {
    const key = attempt(() => parsePublicKey(der));
    if (key === null) continue;
    const jwk = encodeJwk(key);
    if (jwk === null) {
      assertTrue('a key without JWK', key.kind === 'ec');
      continue;
    }
    assertTrue('its own JWK', isJwkOf({ ...jwk, kid: 'a', alg: 1 }, key));
    for (const name of Object.keys(jwk)) {
      assertTrue(`a JWK without ${name}`, !isJwkOf({ ...jwk, [name]: undefined }, key));
    }
    const other = exportJwk(key);
    if (other !== null) assertSame('JWK', sortMembers(jwk), sortMembers(other));
  }
}

/** Imports by OpenSSL, which exports no PSS keys and refuses points that are not on the curve. */
function exportJwk({ spkiDer }: PublicKey): JsonWebKey | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    const jwk = key.export({ format: 'jwk' });
    // RFC 7518 section 2 encodes zero as one octet, OpenSSL as none.
    return { ...jwk, ...(jwk.n === '' ? { n: 'AA' } : {}), ...(jwk.e === '' ? { e: 'AA' } : {}) };
  } catch {
    return null;
  }
}

function sortMembers(jwk: object): unknown {
  return Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1));
}
