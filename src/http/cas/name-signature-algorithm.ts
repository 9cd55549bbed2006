import { SignetError } from '../../errors.ts';
import { parseSignatureAlgorithm } from '../../x509/keys/verify-signature.ts';

/** As this dialect writes it, such as SHA256WITHRSA; empty for what nobody should sign with. */
export function nameSignatureAlgorithm(signatureAlgorithmDer: Uint8Array): string {
  try {
    const { algorithm, pss } = parseSignatureAlgorithm(signatureAlgorithmDer);
    if (algorithm.keyKind === 'ed25519') return 'ED25519';
    const hash = (pss?.hash ?? algorithm.hash ?? '').replace('-', '');
    const key = algorithm.keyKind === 'ec' ? 'ECDSA' : 'RSA';
    return `${hash}WITH${key}${pss === null ? '' : 'ANDMGF1'}`;
  } catch (error) {
    // An imported root may have signed itself with SHA-1.
    if (error instanceof SignetError) return '';
    throw error;
  }
}
