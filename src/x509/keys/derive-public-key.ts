import { SignetError } from '../../errors.ts';
import { CURVES } from './algorithms.ts';
import type { PrivateKeyForm } from './private-key-forms.ts';

/**
 * Derives the public key of an EC or Ed25519 private key: the uncompressed point, or 32 bytes. This
 * needs an extractable copy of the private key, used only here.
 * @throws SignetError malformed-key if the platform refuses the key
 */
export async function derivePublicBytes({
  pkcs8Der,
  namedCurve,
}: Pick<PrivateKeyForm, 'pkcs8Der' | 'namedCurve'>): Promise<Uint8Array> {
  const algorithm = namedCurve === null ? { name: 'Ed25519' } : { name: 'ECDSA', namedCurve };
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('pkcs8', pkcs8Der, algorithm, true, ['sign']);
  } catch (cause) {
    throw new SignetError(
      'malformed-key',
      'The private key is damaged: its numbers are inconsistent. Export it again.',
      { field: 'privateKey', cause },
    );
  }
  const jwk = await crypto.subtle.exportKey('jwk', key);
  if (jwk instanceof ArrayBuffer) throw new TypeError('jwk export is not an object');
  const x = decodeField(jwk.x);
  if (namedCurve === null) return x;
  const y = decodeField(jwk.y);
  const length = CURVES.find((curve) => curve.namedCurve === namedCurve)?.coordinateBytes ?? 0;
  const point = new Uint8Array(1 + 2 * length);
  point[0] = 4;
  point.set(x, 1 + length - x.length);
  point.set(y, 1 + 2 * length - y.length);
  return point;
}

/**
 * Writes an uncompressed point (SEC 1 section 2.3.3) in the form of `form`, the first byte: 2 or 3 is
 * compressed.
 */
export function writePoint(point: Uint8Array, form: number | undefined): Uint8Array {
  if (form !== 2 && form !== 3) return point;
  const x = point.slice(1, 1 + (point.length - 1) / 2);
  return Uint8Array.of(2 + ((point.at(-1) ?? 0) & 1), ...x);
}

function decodeField(text: string | undefined): Uint8Array {
  return Uint8Array.fromBase64(text ?? '', { alphabet: 'base64url' });
}
