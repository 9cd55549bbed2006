import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import { type Authority, requireSigner } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { Bounds } from '../policy/bounds.ts';
import { readHostInCommonName } from '../x509/names/common-name-host.ts';
import { checkSubjectName, findCommonName, isEmptyName } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import { requireAccess } from './access-rule.ts';
import { refuseNameOfIssuers } from './ca-name-rule.ts';
import { type CertificateDraft, type CertificateIssuer, isCaDraft } from './certificate-draft.ts';
import { readChainKeyIds, readChainLimits } from './chain-limits.ts';
import { requireKnownExtensions } from './extension-rule.ts';
import { type InstanceLimits, obeyInstance } from './instance-rule.ts';
import { requireFittingKeyUsages } from './key-usage-rule.ts';
import { requirePolicies } from './policy-rule.ts';
import { requireProfile } from './profile-rule.ts';
import { requireValidNow } from './require-issuer.ts';

/** A draft, the issuer that is to sign it, and the principal that it is signed for. */
export interface ApprovalRequest {
  readonly draft: CertificateDraft;
  readonly issuer: CertificateIssuer;
  /** Permits the use of its authority for an external CA, within its limits; the commit uses it up. */
  readonly instance: InstanceLimits | null;
  readonly principal: Principal;
  /** The policies that bound the certificate. Null for cross-certificates and OCSP responders. */
  readonly bounds: Bounds | null;
  readonly nowSeconds: number;
}

/** @throws SignetError with the reason */
type Rule = (request: ApprovalRequest) => void | Promise<void>;

/**
 * Every rule about what may be signed for whom, in the order in which they are asked. A new rule
 * goes here and nowhere else. (The rules that only the record can answer are part of the commit:
 * revoked certificates of the chain, blocked keys, keys and names of other CAs, unique subjects,
 * serial numbers, grants, whether policies have changed, and how many certificates they permit.)
 */
const RULES: readonly Rule[] = [
  requireOwnIssuer,
  ({ issuer, nowSeconds }) => requireValidNow(issuer, nowSeconds),
  ({ draft }) => checkPublicKey(draft.publicKey),
  refuseKeyOfIssuers,
  requirePossession,
  requireSubject,
  requireName,
  refuseNameOfIssuers,
  requireHostName,
  requireProfile,
  requirePolicies,
  obeyInstance,
  requireFittingKeyUsages,
  requireKnownExtensions,
  refuseDelegation,
  obeyChain,
];

/**
 * A certificate that the last gate let pass. Only `approve` makes one, and signCertificate takes
 * nothing else, so every certificate passes every rule immediately before it is encoded.
 */
export class ApprovedCertificate {
  readonly #draft: CertificateDraft;
  readonly #issuer: CertificateIssuer;

  private constructor({ draft, issuer }: ApprovalRequest) {
    this.#draft = draft;
    this.#issuer = issuer;
  }

  get draft(): CertificateDraft {
    return this.#draft;
  }

  get issuer(): CertificateIssuer {
    return this.#issuer;
  }

  /** The last gate. @throws SignetError of the first rule that refuses */
  static async approve(request: ApprovalRequest): Promise<ApprovedCertificate> {
    for (const rule of RULES) {
      const asked = rule(request);
      if (asked !== undefined) await asked;
    }
    return new ApprovedCertificate(request);
  }
}

/** An authority of another account does not exist for the principal. */
function requireOwnIssuer({ issuer, instance, principal }: ApprovalRequest): void {
  const { generationId, accountId } = issuer;
  if (instance !== null || generationId === null || accountId === null) return;
  requireAccess(accountId, generationId, principal);
}

/** Without proof of possession, a certificate could bind a foreign key to the subject's name. */
function requirePossession({ draft }: ApprovalRequest): void {
  const { kind, possession, publicKey } = draft;
  const isProven = possession === 'key-kept-here' ? kind !== 'leaf' : possession.isFor(publicKey);
  if (isProven) return;
  throw new SignetError(
    'csr-signature-invalid',
    'The request does not prove possession of the private key. Send a CSR that this key signed.',
    { field: 'csr' },
  );
}

/** Two CAs with one key could sign in each other's name. A leaf must not have its issuer's key. */
async function refuseKeyOfIssuers({ draft, issuer }: ApprovalRequest): Promise<void> {
  if (issuer.generationId === null) return;
  const keyIds = await readChainKeyIds(issuer.issuers);
  const taken = isCaDraft(draft) ? keyIds : keyIds.slice(0, 1);
  if (taken.includes(draft.publicKeyIdHex)) throw keyOfAuthority();
}

/** The refusal of a key that belongs to an authority. */
export function keyOfAuthority(): SignetError {
  return new SignetError(
    'weak-key',
    "The public key is an authority's own. Generate a new key pair.",
    { field: 'csr' },
  );
}

/**
 * A new subject has a valid Name. Names that exist already may be older than these rules: of a root,
 * and in a cross-certificate or a responder's certificate, which repeat the name of an authority.
 */
function requireSubject({ draft, issuer }: ApprovalRequest): void {
  if (issuer.generationId === null || draft.kind === 'cross' || draft.kind === 'ocsp-responder')
    return;
  checkSubjectName(draft.subjectDer);
}

/** RFC 5280 section 4.1.2.6: a subject has a Name, alternative names or both; for CAs see checkIssuance. */
function requireName({ draft }: ApprovalRequest): void {
  if (isCaDraft(draft)) return;
  if (!isEmptyName(draft.subjectDer) || draft.subjectAltNames.length > 0) return;
  throw new SignetError(
    'invalid-subject',
    'The certificate would have neither a subject nor a subject alternative name. Name at least one.',
    { field: 'subject' },
  );
}

/**
 * Clients look for hosts in the subjectAltName only (RFC 9525 section 2). If a leaf has none, its CN
 * must not look like a host that could not become one.
 */
function requireHostName({ draft }: ApprovalRequest): void {
  if (draft.kind !== 'leaf' || draft.subjectAltNames.length > 0) return;
  const commonName = findCommonName(draft.subjectDer);
  const reason = commonName === null ? null : readHostInCommonName(commonName)?.reason;
  if (reason == null) return;
  throw new SignetError(
    'invalid-subject',
    `The common name looks like a host, but ${reason}. Correct it, or request a subjectAltName.`,
    { field: 'subject' },
  );
}

/**
 * A certificate for signing OCSP responses, of a CA or a leaf, speaks for its issuer about every
 * certificate (RFC 6960 section 4.2.2.2), revoked ones included: only the account `root` gets one.
 */
function refuseDelegation({ draft, issuer, principal }: ApprovalRequest): void {
  if (principal.accountId === ROOT_ACCOUNT_ID) return;
  if (draft.kind === 'ocsp-responder' || issuer.generationId === null) return;
  if (draft.extendedKeyUsages?.includes(EXTENDED_KEY_USAGE_OID.OCSPSigning) !== true) return;
  throw new SignetError(
    'constraint-violated',
    'Only the account root may have certificates with the extended key usage OCSPSigning. Leave it out.',
    { field: 'extendedKeyUsages' },
  );
}

/** What is signed must also verify (RFC 5280 section 6.1) and never outlive its issuers. */
function obeyChain({ draft, issuer }: ApprovalRequest): void {
  if (issuer.generationId === null) return;
  const { notBeforeSeconds, notAfterSeconds, constrainsLeaves } = readChainLimits(issuer.issuers);
  const isWithin =
    draft.notBeforeSeconds >= notBeforeSeconds &&
    draft.notBeforeSeconds <= draft.notAfterSeconds &&
    draft.notAfterSeconds <= notAfterSeconds;
  if (isWithin && draft.kind === 'leaf' && !constrainsLeaves) return;
  // A cross-certificate is self-issued: it repeats limits that the same root already has.
  if (isWithin && draft.kind === 'cross') return;
  checkIssuance(issuer.issuers, { ...draft, isCa: isCaDraft(draft) });
}

/** @throws SignetError authority-unavailable if the authority's key cannot be used */
export function openIssuer(
  authority: Authority,
): CertificateIssuer & { readonly generationId: string } {
  const { generationId, lineageId, policyId, accountId } = authority;
  const { subjectDer, subjectKeyIdentifier, issuers } = authority;
  const names = { generationId, lineageId, policyId, accountId };
  return { ...names, subjectDer, subjectKeyIdentifier, issuers, signer: requireSigner(authority) };
}
