import type { Caller } from '../access/caller.ts';
import type { NonceUse } from '../access/nonces.ts';
import type { Authority } from '../authorities/authority.ts';
import type { ExternalCaInstance } from '../authorities/external-ca-instance.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import type { InstanceLimits } from './instance-rule.ts';
import type { FulfilledOrder, Origin } from './store.ts';

/** One certificate to issue. What differs between kinds of certificates is data in here. */
export interface IssuanceOrder extends Caller {
  readonly authorityId: string;
  /** Checks the request and drafts the certificate. @throws SignetError with the reason */
  draft(authority: Authority, nowSeconds: number): Promise<CertificateDraft>;
  /** The name that the record gives to this kind of certificate. */
  readonly profile: string;
  /** The door that the request came through. */
  readonly origin: Origin;
  /** Whether the subject may have one valid certificate only. */
  readonly uniqueSubject: boolean;
  /** The certificate's UUID, or null. */
  readonly identifier: string | null;
  /** The client's own name of the certificate, unique in its account; or null. */
  readonly customIdentifier: string | null;
  /** The instance for an external CA that is used up, or null. Its owner may use its authority. */
  readonly instance: (InstanceLimits & Pick<ExternalCaInstance, 'id'>) | null;
  /** The ACME order that is fulfilled, or null. */
  readonly acmeOrder: FulfilledOrder | null;
  /** The nonce that is used up, or null. */
  readonly nonce: NonceUse | null;
}
