import type { AccessKeys } from '../access/access-keys.ts';
import type { Accounts } from '../access/accounts.ts';
import type { Idempotency } from '../access/idempotency.ts';
import type { AnsweredCall, NonceUse, RefusedCall } from '../access/nonces.ts';
import type { Principal } from '../access/principal.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import type { RequestContext } from '../audit/event.ts';
import type { AuditPage } from '../audit/list.ts';
import type { ChainReport } from '../audit/verify.ts';
import type { Authority } from '../authorities/authority.ts';
import type { ExternalCaInstances } from '../authorities/external-ca-instances.ts';
import type { ImportedCounts, ImportedHistory } from '../authorities/history.ts';
import type { AuthorityManager } from '../authorities/management.ts';
import type { Config } from '../config.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { IdentifiedLeafRequest } from '../issuance/draft-identified-leaf.ts';
import type { LeafRequest } from '../issuance/draft-leaf.ts';
import type { IdentifiedCertificate, IdentifiedPage } from '../issuance/identified-certificates.ts';
import type { Issuance } from '../issuance/issue-certificate.ts';
import type { ExternalCaRequest } from '../issuance/issue-external-ca.ts';
import type { IdentifiedIssuance } from '../issuance/issue-leaf.ts';
import type { RecordedCertificate } from '../issuance/store.ts';
import type { RevocationList } from '../lists/revocation-list.ts';
import type { OcspAnswer } from '../ocsp/ocsp.ts';
import type { OcspResponders } from '../ocsp/ocsp-responders.ts';
import type { RevocationReason } from '../revocation/reasons.ts';
import type { ReleaseRequest } from '../revocation/release.ts';
import type { Revoked } from '../revocation/revoke.ts';
import type { KeyProof, RevokedByKey } from '../revocation/revoke-by-key.ts';
import type { ManyOutcome, ManyRequest } from '../revocation/revoke-many.ts';
import type { OcspRequest } from '../x509/status/ocsp-request.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import type { Edge } from './edge/edge.ts';

/** The part of the configuration that the web side reads. */
export type HttpConfig = Pick<
  Config,
  | 'openSslCaSecret'
  | 'rootAccessKey'
  | 'publicationUrl'
  | 'publicUrl'
  | 'edgeTtlSeconds'
  | 'allowHttpApi'
  | 'bceFieldCase'
>;

export interface RevokeRequest {
  readonly authorityId: string;
  readonly serialHex: string;
  readonly reason: RevocationReason;
  readonly invalidityDateSeconds: number | null;
  readonly principal: Principal;
  readonly request: RequestContext;
}

/** Everything the web side asks of the rest; src/index.ts joins it. */
export interface Services {
  readonly config: HttpConfig;
  /** Unix ms. */
  readonly clock: () => number;
  readonly edge: Edge;
  readonly inventory: Inventory;
  /** @throws SignetError authority-not-found, authority-unavailable, record-unavailable */
  openAuthority(id: string): Promise<Authority>;
  /** The generation that signs now, of the authority that `id` is a generation of. Throws as openAuthority. */
  openCurrentAuthority(id: string): Promise<Authority>;
  /** The ids of all its generations, oldest first; empty where there is no such authority. */
  listGenerations(id: string): Promise<readonly string[]>;
  /** Certificates of a generation's key by other generations, newest first. */
  listCrossCertificates(id: string): Promise<readonly Uint8Array[]>;
  readonly authorityManager: AuthorityManager;
  readonly accessKeySecrets: AccessKeySecrets;
  readonly accounts: Accounts;
  readonly accessKeys: AccessKeys;
  readonly idempotency: Idempotency;
  /** A leaf by a profile. Throws SignetError with what is wrong with the request. */
  issueCertificate(request: LeafRequest): Promise<Issuance>;
  readonly externalCaInstances: ExternalCaInstances;
  /** @throws SignetError instance-not-found, instance-used and what is wrong with the request */
  issueExternalCa(request: ExternalCaRequest): Promise<IdentifiedIssuance>;
  /** A leaf with an identifier. Throws SignetError with what is wrong with the request. */
  issueIdentifiedLeaf(request: IdentifiedLeafRequest): Promise<IdentifiedIssuance>;
  /** Null where there is none that the principal may see. */
  findIdentified(identifier: string, principal: Principal): Promise<IdentifiedCertificate | null>;
  /** The leafs with an identifier that the principal may see, newest first. */
  listIdentified(
    page: { readonly offset: number; readonly limit: number },
    principal: Principal,
  ): Promise<IdentifiedPage>;
  /** The id of the instance that a CA's certificate used up; null where there is none to be seen. */
  findInstanceOf(identifier: string, principal: Principal): Promise<string | null>;
  /** Whether an access key may make one more signed call now. */
  admitCall(accessKeyId: string): Promise<boolean>;
  /** @throws SignetError nonce-used, record-unavailable */
  recordRefusedCall(call: RefusedCall): Promise<void>;
  /** @throws SignetError nonce-used, record-unavailable */
  recordAnsweredCall(call: AnsweredCall): Promise<void>;
  /** @throws SignetError nonce-used, record-unavailable */
  claimNonce(use: NonceUse): Promise<void>;
  /** @throws SignetError certificate-not-found, already-revoked, record-unavailable */
  revokeCertificate(request: RevokeRequest): Promise<Revoked>;
  /** @throws SignetError with what is wrong with the proof; certificate-not-found, already-revoked, record-unavailable */
  revokeByKey(proof: KeyProof): Promise<RevokedByKey>;
  /** @throws SignetError account-not-found, record-unavailable */
  revokeMany(request: ManyRequest): Promise<ManyOutcome>;
  /** @throws SignetError certificate-not-found, not-on-hold, subject-already-certified, record-unavailable */
  releaseCertificate(request: ReleaseRequest): Promise<{ readonly releasedAtSeconds: number }>;
  /** @throws SignetError authority-unavailable, import-conflict and what is wrong with the history */
  importHistory(
    authorityId: string,
    history: ImportedHistory,
    principal: Principal,
    request: RequestContext,
  ): Promise<ImportedCounts>;
  /**
   * The list that holds every revocation answered so far, made anew where it must be: of all of an
   * authority's certificates or of those of one partition.
   */
  currentCrl(authorityId: string, crlPartition?: number): Promise<RevocationList>;
  /** The delta list of the same. */
  currentDelta(authorityId: string, crlPartition: number): Promise<RevocationList>;
  /** The newest revision that changed such a list; null where there is no such authority. */
  findRevision(authorityId: string, crlPartition?: number): Promise<number | null>;
  /** @throws SignetError authority-unavailable where nobody can sign, record-unavailable */
  answerOcsp(authorityId: string, request: OcspRequest): Promise<OcspAnswer>;
  readonly ocspResponders: OcspResponders;
  /** `unknown` for what the authority never issued. */
  findOcspStatus(authorityId: string, serialHex: string): Promise<CertStatus>;
  /** Every certificate of that serial that the principal may see, of one authority or (null) of all. */
  findCertificates(
    serialHex: string,
    authorityId: string | null,
    principal: Principal,
  ): Promise<readonly RecordedCertificate[]>;
  /** @throws SignetError invalid-parameter for a page out of range */
  listAuditEvents(
    page: { readonly afterPosition: number; readonly limit: number },
    principal: Principal,
  ): Promise<AuditPage>;
  verifyAuditChain(
    range: { readonly afterPosition: number },
    principal: Principal,
  ): Promise<ChainReport>;
  /** @throws SignetError not-found for a name that no job has */
  runJob(
    name: string,
    principal: Principal,
  ): Promise<Readonly<Record<string, string | number | boolean>>>;
  checkHealth(): Promise<{
    readonly secrets: boolean;
    readonly database: boolean;
    readonly authority: boolean;
  }>;
}
