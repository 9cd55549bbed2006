import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import { type IssuerConstraints, readIssuerConstraints } from '../x509/path/issuer-constraints.ts';
import type { CheckedRequest } from './check-request.ts';
import type { LeafValidity } from './encode-leaf.ts';
import type { Profile } from './profiles.ts';

/** What the certificates from the issuing CA up to its root leave to a leaf, read once. */
export interface LeafLimits {
  /** The time in which the whole chain is valid. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Whether there is anything that depends on what is asked for. */
  readonly isConstrained: boolean;
}

const known = new WeakMap<Authority, LeafLimits>();

export function readLeafLimits(authority: Authority): LeafLimits {
  const read = known.get(authority);
  if (read !== undefined) return read;
  const { issuers } = authority;
  const limits = {
    notBeforeSeconds: Math.max(...issuers.map((issuer) => issuer.notBeforeSeconds)),
    notAfterSeconds: Math.min(...issuers.map((issuer) => issuer.notAfterSeconds)),
    isConstrained: isConstrained(authority),
  };
  known.set(authority, limits);
  return limits;
}

function isConstrained({ issuers }: Authority): boolean {
  try {
    return issuers.map(readIssuerConstraints).some(limitsLeaves);
  } catch (error) {
    // What cannot be enforced is told to every request.
    if (error instanceof SignetError) return true;
    throw error;
  }
}

/** Everything that checkIssuance asks of a leaf but for its time, which is cut to the chain's. */
function limitsLeaves(issuer: IssuerConstraints): boolean {
  return (
    !issuer.isCa ||
    !issuer.maySignCertificates ||
    issuer.pathLenConstraint !== null ||
    issuer.nameConstraints !== null ||
    issuer.extendedKeyUsages !== null ||
    issuer.policies !== null ||
    issuer.requireExplicitPolicy !== null
  );
}

/**
 * Refuses a leaf that a CA on the way up to the root does not allow.
 * @throws SignetError constraint-violated
 */
export function checkLeafConstraints(
  authority: Authority,
  profile: Profile,
  { csr, subjectAltNames }: CheckedRequest,
  validity: LeafValidity,
): void {
  if (!readLeafLimits(authority).isConstrained) return;
  checkIssuance(authority.issuers, {
    subjectDer: csr.subjectDer,
    subjectAltNames,
    isCa: false,
    pathLenConstraint: null,
    extendedKeyUsages: profile.extendedKeyUsages.map((name) => EXTENDED_KEY_USAGE_OID[name]),
    policies: null,
    nameConstraints: null,
    ...validity,
  });
}
