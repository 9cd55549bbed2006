import type { AccessKeys } from '../access/access-keys.ts';
import type { Accounts } from '../access/accounts.ts';
import type { Idempotency } from '../access/idempotency.ts';
import type { claimNonce, recordAnsweredCall, recordRefusedCall } from '../access/nonces.ts';
import type { Access, Principal } from '../access/principal.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import type { Sessions } from '../access/sessions.ts';
import type { createThrottle } from '../access/throttle.ts';
import type { AcmeAccountAdministration } from '../acme/account-administration.ts';
import type { AcmeAccounts } from '../acme/accounts.ts';
import type { EabKeys } from '../acme/eab-keys.ts';
import type { findRenewal } from '../acme/find-renewal.ts';
import type { AcmeNonces } from '../acme/nonces.ts';
import type { openCall } from '../acme/open-call.ts';
import type { AcmeAuthorizations } from '../acme/orders/authorizations.ts';
import type { AcmeCertificates } from '../acme/orders/certificates.ts';
import type { Finalize } from '../acme/orders/finalize.ts';
import type { AcmeOrders } from '../acme/orders/orders.ts';
import type { revokeByAcme } from '../acme/revoke.ts';
import type { Checkpoint } from '../audit/checkpoint.ts';
import type { listAuditEvents } from '../audit/list.ts';
import type { ChainReport } from '../audit/verify.ts';
import type { ExternalCaInstances } from '../authorities/external-ca-instances.ts';
import type { importHistory } from '../authorities/import-history.ts';
import type { AuthorityManager } from '../authorities/management.ts';
import type { AuthorityManagementStore } from '../authorities/management-store.ts';
import type { Authorities } from '../authorities/open-authority.ts';
import type { Config } from '../config.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { IdentifiedCertificateStore } from '../issuance/identified-certificates.ts';
import type { createExternalCaIssuer } from '../issuance/issue-external-ca.ts';
import type {
  createIdentifiedLeafIssuer,
  createLeafIssuer,
  createLeafPreview,
} from '../issuance/issue-leaf.ts';
import type { CertificateStore } from '../issuance/store.ts';
import type { RevocationList } from '../lists/revocation-list.ts';
import type { MetricsStore } from '../metrics/store.ts';
import type { OcspAnswer } from '../ocsp/ocsp.ts';
import type { OcspResponders } from '../ocsp/ocsp-responders.ts';
import type { Policies } from '../policy/policies.ts';
import type { releaseCertificate } from '../revocation/release.ts';
import type { revokeCertificate } from '../revocation/revoke.ts';
import type { revokeByKey } from '../revocation/revoke-by-key.ts';
import type { revokeMany } from '../revocation/revoke-many.ts';
import type { SearchStore } from '../search/store.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { OcspRequest } from '../x509/status/ocsp-request.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import type { Edge } from './edge/edge.ts';

/** The part of the configuration that the web side reads. */
export type HttpConfig = Pick<
  Config,
  | 'openSslCaSecret'
  | 'openSslCaPolicyId'
  | 'rootAccessKey'
  | 'publicationUrl'
  | 'publicUrl'
  | 'edgeTtlSeconds'
  | 'allowHttpApi'
  | 'bceFieldCase'
  | 'crlLifetimeSeconds'
  | 'profiles'
  | 'acmeTermsOfService'
  | 'acmeWebsite'
  | 'acmeCaaIdentities'
>;

/** An operation of the domain without its first parameter, its dependencies. */
type Bound<F> = F extends (dependencies: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** A query of the record that takes the principal, whose access its last parameter is. */
type AskedBy<F> = F extends (...parameters: [...infer Rest, Access]) => infer Result
  ? (...parameters: [...Rest, Principal]) => Result
  : never;

/**
 * Everything that the web side asks of the domain; src/wiring/ joins it. Each operation is described
 * with its errors at its declaration in the domain.
 */
export interface Services {
  readonly config: HttpConfig;
  /** Unix ms. */
  readonly clock: () => number;
  readonly edge: Edge;

  readonly accessKeySecrets: AccessKeySecrets;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly accessKeys: AccessKeys;
  readonly idempotency: Idempotency;
  /**
   * Checks the principal's grant alone, before work whose own queries do not check it.
   * @throws SignetError unknown-access-key, access-key-disabled, access-key-expired, forbidden,
   *   record-unavailable
   */
  checkGrant(principal: Principal): Promise<void>;
  /** Whether an access key may make another signed call now. */
  readonly admitCall: ReturnType<typeof createThrottle>;
  readonly recordRefusedCall: Bound<typeof recordRefusedCall>;
  readonly recordAnsweredCall: Bound<typeof recordAnsweredCall>;
  readonly claimNonce: Bound<typeof claimNonce>;

  readonly openAuthority: Authorities['open'];
  readonly openCurrentAuthority: Authorities['openCurrent'];
  /** Returns the ids of all generations of an authority, oldest first; empty if it does not exist. */
  listGenerations(id: string): Promise<readonly string[]>;
  readonly listCrossCertificates: AuthorityManagementStore['listCrossCertificates'];
  readonly authorityManager: AuthorityManager;
  readonly importHistory: Bound<typeof importHistory>;

  readonly issueCertificate: ReturnType<typeof createLeafIssuer>;
  readonly previewCertificate: ReturnType<typeof createLeafPreview>;
  readonly issueIdentifiedLeaf: ReturnType<typeof createIdentifiedLeafIssuer>;
  readonly externalCaInstances: ExternalCaInstances;
  readonly issueExternalCa: ReturnType<typeof createExternalCaIssuer>;
  readonly findIdentified: AskedBy<IdentifiedCertificateStore['findIdentified']>;
  readonly listIdentified: AskedBy<IdentifiedCertificateStore['listIdentified']>;
  readonly countIdentified: AskedBy<IdentifiedCertificateStore['countIdentified']>;
  readonly findInstanceOf: AskedBy<IdentifiedCertificateStore['findInstanceOf']>;
  readonly readFigures: AskedBy<MetricsStore['readFigures']>;
  readonly searchCertificates: AskedBy<SearchStore['search']>;
  readonly findCertificates: AskedBy<CertificateStore['findCertificates']>;

  readonly revokeCertificate: Bound<typeof revokeCertificate>;
  readonly releaseCertificate: Bound<typeof releaseCertificate>;
  readonly revokeByKey: Bound<typeof revokeByKey>;
  readonly revokeMany: Bound<typeof revokeMany>;

  /**
   * Returns the CRL of all of a generation's certificates, or of one partition, with every revocation
   * answered so far. Builds it if it is not up to date.
   */
  currentCrl(authorityId: string, crlPartition?: number): Promise<RevocationList>;
  /** Returns the delta CRL of the same certificates. */
  currentDelta(authorityId: string, crlPartition: number): Promise<RevocationList>;
  /** Returns the newest revision that changed such a CRL; null if there is no such authority. */
  findScopeRevision(authorityId: string, crlPartition?: number): Promise<number | null>;
  /** @throws SignetError authority-unavailable if nothing can sign, record-unavailable */
  answerOcsp(authorityId: string, request: OcspRequest): Promise<OcspAnswer>;
  /** Returns `unknown` for a certificate that the authority did not issue. */
  findOcspStatus(authorityId: string, serialHex: string): Promise<CertStatus>;
  readonly ocspResponders: OcspResponders;

  readonly inventory: Inventory;

  readonly acmeNonces: AcmeNonces;
  readonly openAcmeCall: Bound<typeof openCall>;
  readonly acmeAccounts: AcmeAccounts;
  readonly acmeAdministration: AcmeAccountAdministration;
  readonly acmeOrders: AcmeOrders;
  readonly acmeAuthorizations: AcmeAuthorizations;
  readonly acmeFinalize: Finalize;
  readonly acmeCertificates: AcmeCertificates;
  readonly revokeByAcme: Bound<typeof revokeByAcme>;
  readonly findAcmeRenewal: Bound<typeof findRenewal>;
  readonly eabKeys: EabKeys;

  readonly policies: Policies;

  readonly webhooks: Webhooks;
  /** Delivers events after the request has ended. */
  deliverSoon(isAboutWebhooks: boolean): void;

  readonly listAuditEvents: AskedBy<Bound<typeof listAuditEvents>>;
  /** @throws SignetError not-found if there is none, audit-broken if it does not verify */
  readNewestCheckpoint(principal: Principal): Promise<Checkpoint & { readonly token: string }>;
  /**
   * @param since the token of a checkpoint that the caller kept
   * @throws SignetError invalid-parameter if it is not one
   */
  verifyAuditChain(since: string | null, principal: Principal): Promise<ChainReport>;
  /** @throws SignetError not-found if there is no such job */
  runJob(
    name: string,
    principal: Principal,
  ): Promise<Readonly<Record<string, string | number | boolean>>>;
  /** @param origin the address of the request */
  checkHealth(origin: string): Promise<Health>;
}

/** Whether each part can do its work. */
export interface Health {
  readonly secrets: boolean;
  readonly database: boolean;
  readonly authority: boolean;
  /** Whether the audit record can be sealed, or needs no sealing because SEALING_KEY is not set. */
  readonly audit: boolean;
  /** What is wrong, for the operator only. */
  readonly problems: readonly string[];
  /** What the operator should know although every part works. */
  readonly warnings: readonly string[];
}
