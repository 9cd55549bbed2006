import type { Certificate } from '../x509/certificate/certificate.ts';
import { hasKeyUsage, readBasicConstraints } from '../x509/certificate/extensions.ts';
import { hasWeakSignature } from '../x509/keys/historic-signature.ts';
import { isSelfIssued } from '../x509/path/chain.ts';
import type { IssuerLink } from './link-issuers.ts';
import type { Mark } from './store.ts';

/**
 * Lists what a verifier may refuse in the path of a certificate. It does not keep the user from storing
 * it.
 * @param path issuer first
 */
export function listChainMarks(path: readonly IssuerLink[], nowSeconds: number): readonly Mark[] {
  const issuers = path.map(({ issuer }) => issuer);
  const marks: Mark[] = [];
  // A root's own signature proves nothing, so it may be weak.
  if (issuers.some((issuer) => !isSelfIssued(issuer) && hasWeakSignature(issuer))) {
    marks.push('weak-chain-signature');
  }
  if (path.some(({ proof }) => proof === 'unverifiable')) marks.push('unverified-signature');
  if (issuers.some((issuer) => issuer.notAfterSeconds < nowSeconds)) marks.push('expired-issuer');
  if (issuers.some((issuer) => issuer.notBeforeSeconds > nowSeconds)) {
    marks.push('issuer-not-valid-yet');
  }
  if (!issuers.every(maySignCertificates)) marks.push('issuer-not-ca');
  if (exceedsPathLength(issuers)) marks.push('path-length-exceeded');
  return marks;
}

/** RFC 5280 section 6.1.4 (k) and (n). A root without extensions may be older than version 3. */
function maySignCertificates(issuer: Certificate): boolean {
  const { extensions } = issuer;
  if (extensions.size === 0 && isSelfIssued(issuer)) return true;
  try {
    return readBasicConstraints(extensions).ca && hasKeyUsage(extensions, 'keyCertSign');
  } catch {
    // Its extensions cannot be read, so verifiers do not take it for a CA.
    return false;
  }
}

/** RFC 5280 section 6.1.4 (l) and (m): self-issued certificates do not count. */
function exceedsPathLength(issuers: readonly Certificate[]): boolean {
  let intermediates = 0;
  for (const issuer of issuers) {
    const limit = readPathLength(issuer);
    if (limit !== null && limit < intermediates) return true;
    if (!isSelfIssued(issuer)) intermediates++;
  }
  return false;
}

function readPathLength({ extensions }: Certificate): number | null {
  try {
    return readBasicConstraints(extensions).pathLenConstraint;
  } catch {
    return null;
  }
}
