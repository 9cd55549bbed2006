import { isSamePublicKey, type PublicKey } from '../keys/public-key.ts';
import { type CertificateRequest, verifyCsrSignature } from './csr.ts';

/** Says that the signature of a CSR by its own key was verified. Only `verify` makes one. */
export class PossessionProof {
  readonly #publicKey: PublicKey;

  private constructor({ publicKey }: CertificateRequest) {
    this.#publicKey = publicKey;
  }

  /** Throws as verifyCsrSignature does. */
  static async verify(csr: CertificateRequest): Promise<PossessionProof> {
    await verifyCsrSignature(csr);
    return new PossessionProof(csr);
  }

  isFor(publicKey: PublicKey): boolean {
    return isSamePublicKey(this.#publicKey, publicKey);
  }
}
