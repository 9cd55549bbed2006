import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
} from 'node:crypto';

/** A P-256 key that is the same in every recording. */
export function deriveKey(label: string): KeyObject {
  const scalar = createHash('sha256').update(`signet wire key: ${label}`).digest();
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
}

export function exportKey(key: KeyObject, type: 'pkcs8' | 'sec1' = 'pkcs8'): string {
  return key.export({ format: 'pem', type }).toString();
}

export function exportPublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString();
}

export function derivePem(label: string): string {
  return exportKey(deriveKey(label));
}

/** 40 letters and digits that are the same in every recording. */
export function deriveText(label: string, length: number): string {
  const digest = createHash('sha512').update(`signet wire text: ${label}`).digest('hex');
  return digest.slice(0, length);
}
