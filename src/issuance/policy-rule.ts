import { OID } from '../asn1/oids.ts';
import { SignetError } from '../errors.ts';
import type { Bounds } from '../policy/bounds.ts';
import type { CertificateFacts } from '../policy/facts.ts';
import { judge } from '../policy/judge.ts';
import { attributeFindings, PolicyViolated } from '../policy/policy-violated.ts';
import { listAttributes } from '../x509/names/names.ts';
import type { CertificateDraft, CertificateIssuer } from './certificate-draft.ts';
import { readOids } from './extension-rule.ts';

interface Judged {
  readonly draft: Pick<
    CertificateDraft,
    | 'kind'
    | 'profile'
    | 'subjectDer'
    | 'subjectAltNames'
    | 'furtherExtensionsDer'
    | 'notBeforeSeconds'
    | 'notAfterSeconds'
  >;
  readonly issuer: Pick<CertificateIssuer, 'lineageId'>;
  /** Null only for what Signet makes for itself: cross-certificates and OCSP responders. */
  readonly bounds: Bounds | null;
  readonly nowSeconds: number;
}

/**
 * Refuses a certificate that one of the policies of the caller, its account and the authority does not
 * permit.
 * @throws PolicyViolated
 */
export function requirePolicies({ draft, issuer, bounds, nowSeconds }: Judged): void {
  const { kind } = draft;
  if (kind !== 'leaf' && kind !== 'ca') return;
  if (bounds === null) throw new Error('the policies of the certificate were not opened');
  if (bounds.policies.length === 0) return;
  const facts: CertificateFacts = {
    authorityId: issuer.lineageId,
    kind,
    profile: draft.profile?.name ?? null,
    subject: listAttributes(draft.subjectDer),
    names: [...draft.subjectAltNames, ...listFurtherNames(draft)],
    validitySeconds: draft.notAfterSeconds - Math.max(nowSeconds, draft.notBeforeSeconds),
  };
  const [first, ...others] = bounds.policies.flatMap((policy) =>
    attributeFindings(policy, judge(policy.rules, facts)),
  );
  if (first !== undefined) throw new PolicyViolated([first, ...others]);
}

/** A root may carry over names of an earlier certificate, which are not read. */
function listFurtherNames({
  furtherExtensionsDer,
}: Pick<CertificateDraft, 'furtherExtensionsDer'>): CertificateFacts['names'] {
  return readOids(furtherExtensionsDer).includes(OID.subjectAltName)
    ? [{ kind: 'unread', value: 'the subjectAltName of the former certificate' }]
    : [];
}

/** The refusal of a certificate beyond the number that a policy permits. */
export function policyFull({ policies }: Bounds): SignetError {
  const limited = policies
    .filter(({ rules }) => rules.maxValidCertificates !== null)
    .map(({ id, name, rules }) => `"${name}" (${id}) permits ${rules.maxValidCertificates}`);
  return new SignetError(
    'policy-violated',
    `A policy does not permit this by its rule 'maxValidCertificates': ${limited.join(', and ')} valid certificates at once. Revoke one that is not needed any more, or wait until one expires.`,
  );
}
