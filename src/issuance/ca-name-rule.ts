import { SignetError } from '../errors.ts';
import { canonicalizeName } from '../x509/names/name-comparison.ts';
import type { CertificateDraft, CertificateIssuer } from './certificate-draft.ts';
import type { IssuerChain } from './chain-limits.ts';

/** Chains are held in memory with their authority and asked at every issuance. */
const namesByChain = new WeakMap<IssuerChain, ReadonlySet<string>>();

/**
 * Refuses the name of a CA of the issuer's chain, for leaves and for other CAs: verifiers find
 * issuers and CRLs by name (RFC 5280 section 4.1.2.6). A cross-certificate has its issuer's name by
 * design. The commit refuses the names of all CAs on record.
 * @throws SignetError invalid-subject
 */
export function refuseNameOfIssuers({
  draft,
  issuer,
}: {
  readonly draft: Pick<CertificateDraft, 'kind' | 'subjectDer'>;
  readonly issuer: Pick<CertificateIssuer, 'generationId' | 'issuers'>;
}): void {
  if (issuer.generationId === null || draft.kind === 'cross') return;
  if (readNames(issuer.issuers).has(canonicalizeName(draft.subjectDer))) throw nameOfCa();
}

function readNames(chain: IssuerChain): ReadonlySet<string> {
  const known = namesByChain.get(chain);
  if (known !== undefined) return known;
  const names = new Set(chain.map(({ subjectDer }) => canonicalizeName(subjectDer)));
  namesByChain.set(chain, names);
  return names;
}

/** The refusal of a subject that is the name of another CA. */
export function nameOfCa(): SignetError {
  return new SignetError(
    'invalid-subject',
    'This name is reserved for a CA (RFC 5280 section 4.1.2.6). Choose another subject.',
    { field: 'subject' },
  );
}
