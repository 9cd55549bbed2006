import type { CrlAuthority } from '../../src/revocation/current-crl.ts';
import { parseCrl } from '../../src/x509/crl.ts';
import { NOW_SECONDS } from '../store/database.ts';

/** An authority with an Ed25519 key of its own, which counts its signatures. */
export async function makeAuthority(overrides: Partial<CrlAuthority> = {}) {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('not a key pair');
  const counts = { signatures: 0 };
  const sign = async (bytes: Uint8Array) => {
    counts.signatures++;
    return new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
  };
  const authority: CrlAuthority = {
    id: 'default',
    subjectDer: Uint8Array.fromHex('300c310a300806035504030c0161'),
    subjectKeyIdentifier: new Uint8Array(20).fill(7),
    notAfterSeconds: NOW_SECONDS + 3650 * 86400,
    signer: { signatureAlgorithmDer: Uint8Array.fromHex('300506032b6570'), sign },
    ...overrides,
  };
  return {
    authority,
    counts,
    sign,
    verify: (message: Uint8Array, signature: Uint8Array) =>
      crypto.subtle.verify('Ed25519', pair.publicKey, signature, message),
    /** The list, once its signature is found right. */
    async readCrl(crlDer: Uint8Array) {
      const crl = parseCrl(crlDer);
      if (!(await crypto.subtle.verify('Ed25519', pair.publicKey, crl.signature, crl.tbsDer))) {
        throw new Error('the signature of the list is wrong');
      }
      return crl;
    },
  };
}
