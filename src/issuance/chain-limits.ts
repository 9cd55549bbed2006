import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import { type IssuerConstraints, readIssuerConstraints } from '../x509/path/issuer-constraints.ts';

/** The certificates from the issuing CA up to its root, as an Authority holds them. */
export type IssuerChain = Authority['issuers'];

/** What a chain allows below it, read once. */
export interface ChainLimits {
  /** The time in which the whole chain is valid. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Whether any limit but the time can refuse a leaf. */
  readonly constrainsLeaves: boolean;
}

/** Chains are held in memory with their authority and asked at every issuance. */
const limitsByChain = new WeakMap<IssuerChain, ChainLimits>();
const keyIdsByChain = new WeakMap<IssuerChain, readonly (string | null)[]>();

export function readChainLimits(chain: IssuerChain): ChainLimits {
  const known = limitsByChain.get(chain);
  if (known !== undefined) return known;
  const limits = {
    notBeforeSeconds: Math.max(...chain.map((issuer) => issuer.notBeforeSeconds)),
    notAfterSeconds: Math.min(...chain.map((issuer) => issuer.notAfterSeconds)),
    constrainsLeaves: constrainsLeaves(chain),
  };
  limitsByChain.set(chain, limits);
  return limits;
}

/** The ids (see publicKeyId) of the keys of a chain, in its order. */
export async function readChainKeyIds(chain: IssuerChain): Promise<readonly (string | null)[]> {
  const ids = keyIdsByChain.get(chain) ?? (await Promise.all(chain.map(readKeyId)));
  keyIdsByChain.set(chain, ids);
  return ids;
}

/** Null for a key of an algorithm that is not certified here: no subject can have it. */
async function readKeyId({ spkiDer }: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}

function constrainsLeaves(chain: IssuerChain): boolean {
  try {
    return chain.map(readIssuerConstraints).some(constrainsLeaf);
  } catch (error) {
    // A constraint that cannot be enforced refuses every leaf: checkIssuance says which one.
    if (error instanceof SignetError) return true;
    throw error;
  }
}

/** Every rule of checkIssuance for a leaf, except the validity. */
function constrainsLeaf(issuer: IssuerConstraints): boolean {
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
