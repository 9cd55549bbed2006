import type { CertificateDraft } from '../../issuance/certificate-draft.ts';
import type { Bounds } from '../../policy/bounds.ts';
import { judgeSubject } from '../../policy/judge-subject.ts';
import { keepAttributes } from '../../x509/names/names.ts';

/**
 * Returns the subject of the certificate: of the attributes in the CSR, the CN and what every policy
 * permits. The others are left out and not refused, because clients add some unasked: acme.sh writes
 * `O=acme.sh` if the only identifier is an IP address. Without a policy of the account's own, nothing has
 * proven any attribute but the CN.
 */
export function chooseSubject(
  { subjectDer, subjectAltNames }: Pick<CertificateDraft, 'subjectDer' | 'subjectAltNames'>,
  { callerPolicyId, policies }: Pick<Bounds, 'callerPolicyId' | 'policies'>,
): Uint8Array {
  return keepAttributes(subjectDer, (attribute) => {
    // checkDraft has found it among the names of the order.
    if (attribute.type === 'CN') return true;
    if (callerPolicyId === null) return false;
    const facts = { subject: [attribute], names: subjectAltNames };
    return policies.every(({ rules }) => judgeSubject(rules, facts).length === 0);
  });
}
