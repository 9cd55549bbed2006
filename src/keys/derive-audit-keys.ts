import { encodePem } from '../asn1/pem.ts';
import { concatBytes, encodeUtf8 } from '../bytes.ts';
import { SIGNATURE_ALGORITHMS } from '../x509/keys/algorithms.ts';
import { verifySignature } from '../x509/keys/verify-signature.ts';
import { importSigner, type Signer } from './signer.ts';

/** The keys of the audit record's checkpoints: one Ed25519 key for each version of SEALING_KEY. */
export interface AuditKeys {
  /** The key of the highest version; null if SEALING_KEY is not set. */
  readonly current: {
    /** SubjectPublicKeyInfo in base64. */
    readonly publicKey: string;
    sign(message: Uint8Array): Promise<Uint8Array>;
  } | null;
  has(publicKey: string): boolean;
  /** Returns false for a key that is not of any version. */
  verify(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** It never changes: another text would give other keys, and no checkpoint would verify any more. */
const PURPOSE = 'signet-audit-ed25519-v1';

/** PKCS#8 of an Ed25519 key up to its 32 bytes (RFC 8410 section 7). */
const PKCS8_PREFIX = Uint8Array.fromHex('302e020100300506032b657004220420');

/** @param sealingKeys 32 bytes each, by version */
export async function deriveAuditKeys(
  sealingKeys: ReadonlyMap<number, Uint8Array>,
): Promise<AuditKeys> {
  const signers = new Map<string, Signer>();
  let current: AuditKeys['current'] = null;
  for (const [, sealingKey] of [...sealingKeys].sort(([a], [b]) => a - b)) {
    const signer = await deriveSigner(sealingKey);
    const publicKey = signer.publicKey.spkiDer.toBase64();
    signers.set(publicKey, signer);
    current = { publicKey, sign: (message) => signer.sign(message) };
  }
  const algorithm = SIGNATURE_ALGORITHMS.find(({ keyKind }) => keyKind === 'ed25519');
  if (algorithm === undefined) throw new TypeError('Ed25519 is not in the table');
  return {
    current,
    has: (publicKey) => signers.has(publicKey),
    async verify(publicKey, message, signature) {
      const key = signers.get(publicKey)?.publicKey;
      if (key === undefined) return false;
      return verifySignature(key, { algorithm, pss: null }, message, signature);
    },
  };
}

/** HKDF with SHA-256 (RFC 5869). Its output is the seed that RFC 8032 takes as the private key. */
async function deriveSigner(sealingKey: Uint8Array): Promise<Signer> {
  const material = await crypto.subtle.importKey('raw', sealingKey, 'HKDF', false, ['deriveBits']);
  const seed = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encodeUtf8(PURPOSE) },
    material,
    256,
  );
  return importSigner(encodePem('PRIVATE KEY', concatBytes(PKCS8_PREFIX, new Uint8Array(seed))));
}
